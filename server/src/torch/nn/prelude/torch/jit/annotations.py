from typing import Any, Dict, List, NamedTuple, Optional, Tuple, Union
