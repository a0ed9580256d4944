from ._positive import Beta
