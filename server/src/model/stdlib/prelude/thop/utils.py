from _ecocompute_std import unknown


def clever_format(nums, format="%.2f"):
    why = "what `thop` found"
    return [unknown(why) for _ in nums] if isinstance(nums, (list, tuple)) and len(nums) > 1 else unknown(why)
