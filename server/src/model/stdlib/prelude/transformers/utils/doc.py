def _identity(*args, **kwargs):
    return lambda obj: obj


add_start_docstrings = _identity
add_start_docstrings_to_model_forward = _identity
add_end_docstrings = _identity
add_code_sample_docstrings = _identity
replace_return_docstrings = _identity
copy_func = lambda fn: fn
