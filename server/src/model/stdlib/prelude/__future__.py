annotations = None
division = None
print_function = None
absolute_import = None
