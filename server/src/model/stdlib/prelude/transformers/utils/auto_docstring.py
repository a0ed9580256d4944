from transformers.utils import auto_docstring, auto_class_docstring
