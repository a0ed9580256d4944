from _ecocompute_std import unknown


class BackboneMixin:
    def _init_backbone(self, config):
        self.config = config
        self.use_timm_backbone = getattr(config, "use_timm_backbone", False)
        if self.use_timm_backbone:
            info = self._backbone.feature_info
            self.stage_names = [stage["module"] for stage in info.info]
            self.num_features = [stage["num_chs"] for stage in info.info]
            self._of_timm = (info.module_name(), list(info.out_indices))
        else:
            self.stage_names = config.stage_names
            self.num_features = None
            self._out_features, self._out_indices = get_aligned_output_features_output_indices(
                getattr(config, "out_features", None), getattr(config, "out_indices", None), self.stage_names
            )

    @property
    def out_features(self):
        return self._of_timm[0] if self.use_timm_backbone else self.config.out_features

    @property
    def out_indices(self):
        return self._of_timm[1] if self.use_timm_backbone else self.config.out_indices

    @property
    def out_feature_channels(self):
        return {stage: self.num_features[i] for i, stage in enumerate(self.stage_names)}

    @property
    def channels(self):
        return [self.out_feature_channels[name] for name in self.out_features]

    def forward_with_filtered_kwargs(self, *args, **kwargs):
        return self(*args)


class BackboneConfigMixin:
    @property
    def out_features(self):
        return self._out_features

    @out_features.setter
    def out_features(self, names):
        self._out_features, self._out_indices = get_aligned_output_features_output_indices(names, None, self.stage_names)

    @property
    def out_indices(self):
        return self._out_indices

    @out_indices.setter
    def out_indices(self, indices):
        self._out_features, self._out_indices = get_aligned_output_features_output_indices(None, indices, self.stage_names)


def get_aligned_output_features_output_indices(out_features, out_indices, stage_names):
    if out_indices is None and out_features is None:
        return [stage_names[-1]], [len(stage_names) - 1]
    if out_features is None:
        return [stage_names[i] for i in out_indices], list(out_indices)
    if out_indices is None:
        return list(out_features), [stage_names.index(name) for name in out_features]
    return list(out_features), list(out_indices)


def verify_out_features_out_indices(*args, **kwargs):
    return None


def verify_backbone_config_arguments(*args, **kwargs):
    return None


def load_backbone(config):
    """The weights of a checkpoint change no shape: a backbone by name is one with new weights."""
    from transformers import AutoBackbone

    backbone_config = getattr(config, "backbone_config", None)
    name = getattr(config, "backbone", None)
    if backbone_config is None and name is None and getattr(config, "use_timm_backbone", None) is None:
        return AutoBackbone.from_config(config)
    if getattr(config, "use_timm_backbone", None):
        return AutoBackbone.from_pretrained(name, use_timm_backbone=True, **(getattr(config, "backbone_kwargs", None) or {}))
    if backbone_config is None:
        return unknown("a backbone that only the model hub knows")
    return AutoBackbone.from_config(backbone_config)
