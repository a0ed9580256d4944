from _ecocompute_std import unknown


class BackboneMixin:
    def _init_backbone(self, config):
        self.config = config
        self.stage_names = config.stage_names
        self.num_features = None

    @property
    def out_features(self):
        return self.config.out_features

    @property
    def out_indices(self):
        return self.config.out_indices

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
    return unknown("a backbone chosen by its configuration")
