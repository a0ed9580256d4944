from . import lecun_normal_, trunc_normal_, trunc_normal_tf_, variance_scaling_
