from yacs.config import CfgNode

BASE_KEY = "_BASE_"
