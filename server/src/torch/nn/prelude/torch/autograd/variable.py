from . import Variable
