"""The national figures through which the simulated provinces must sum, year by year."""

from __future__ import annotations

__all__ = ["CHOSEN", "FINAL_TO_PROVISIONAL", "FIRST_YEAR", "LAST_YEAR", "PUBLISHED", "YEARS", "anchors"]

from collections.abc import Mapping

Points = dict[int, int]
"""Cumulative value by months since 1 October; ``carried_in`` holds from its month on."""

FIRST_YEAR, LAST_YEAR = 2016, 2023
YEARS = range(FIRST_YEAR, LAST_YEAR + 1)

# Cases are counts, money is in thousand dong, as on the forms. A year's last month is its final count.
# Citations: the rows of data/published/figures.csv with the same period and item; a figure of the year
# before that only the printed change gives is the difference of the two.
PUBLISHED: dict[str, dict[int, dict[str, Points]]] = {
    "cases": {
        2016: {
            "carried_in": {1: 257_147},  # accepted 594,491 less new 341,063 - 3,719, at 7 months
            "accepted": {7: 594_491, 9: 697_667},
            "due": {12: 821_216},
            "eligible": {7: 482_262, 9: 572_173, 12: 675_429},
            "completed": {7: 251_513, 9: 352_182, 12: 530_428},
        },
        2017: {
            "carried_in": {1: 290_524},
            "accepted": {7: 631_587, 9: 736_747},
            "due": {6: 578_515, 7: 625_425, 9: 728_227},
            "eligible": {6: 435_752, 7: 482_175, 9: 579_413},
            "completed": {6: 225_116, 7: 267_165, 9: 369_372, 12: 549_415},
        },
        2018: {
            "accepted": {6: 635_198},
        },
        2019: {
            "accepted": {12: 972_376},
            "eligible": {12: 737_061},
            "completed": {12: 579_256},
        },
        2020: {
            "due": {12: 885_833},
            "eligible": {12: 708_674},
            "completed": {12: 576_933},
        },
        2021: {
            "completed": {6: 230_623, 12: 493_971},
        },
        2022: {
            # New by year end: 636,950 less its increase of 89,829; see `CHOSEN` for what is carried in.
            "due": {6: 587_739, 12: 861_529},
            "eligible": {6: 410_615, 12: 653_719},
            "completed": {6: 202_015, 9: 348_490, 12: 539_290},
        },
        2023: {
            "carried_in": {1: 299_096},
            "due": {9: 775_101, 12: 922_311},
            "eligible": {9: 574_289},
            "completed": {9: 382_058, 12: 574_819},
        },
    },
    "money": {
        2016: {
            "accepted": {7: 120_038_189_692, 9: 131_606_243_332},
            "completed": {12: 29_097_865_318},
        },
        2017: {
            "carried_in": {1: 104_473_399_784},
            "accepted": {7: 144_833_439_017, 9: 168_182_330_867},
            "completed": {12: 35_242_612_983},
        },
        2018: {},
        2019: {
            "completed": {12: 52_715_652_000},
        },
        2020: {
            "due": {12: 264_707_535_000},
            "eligible": {12: 132_905_418_000},
            "completed": {12: 53_750_695_000},
        },
        2021: {},
        2022: {
            "due": {6: 292_475_365_061},
            "eligible": {6: 159_795_801_768},
            "completed": {6: 35_183_572_922, 9: 52_166_758_979},
        },
        2023: {
            "completed": {9: 70_278_705_371},
        },
    },
}

# What printed rates, shares, growths and bounds leave open: one value inside what they allow. Where
# nothing is printed the value is an assumption that keeps the series plausible. "eligible" at month 0
# is what was left undone of it on 1 October; later years take it from the year before.
CHOSEN: dict[str, dict[int, dict[str, Points]]] = {
    "cases": {
        2016: {
            "accepted": {12: 843_904},
            "eligible": {0: 121_387},
        },
        2017: {
            "accepted": {4: 491_600, 6: 583_714, 12: 890_892},  # 12: growth 5.57 %, not quite 47,000
            "due": {4: 488_300, 12: 878_287},
            "eligible": {4: 349_900, 12: 693_268},  # rate 79.25
            "completed": {4: 138_945},  # rate 39.71
        },
        2018: {
            "carried_in": {1: 328_561},
            "accepted": {4: 546_659, 12: 926_161},  # growth 11.20; growth 4.99 in the next year
            "due": {4: 542_970, 12: 912_764},
            "eligible": {4: 375_991, 12: 711_269},  # undone eligible +1.86 %; share -2.41 points
            "completed": {4: 161_112, 12: 571_146},  # rate 42.85; growth 1.42 in the next year
        },
        2019: {
            "carried_in": {1: 341_287},
            "due": {12: 958_713},
            "eligible": {10: 655_011},
            "completed": {10: 445_407},  # rate 68.00
        },
        2020: {
            "carried_in": {1: 379_118, 4: 289_874},  # the separate book leaves with TT06-2019
            "accepted": {12: 898_297},
            "eligible": {3: 345_962, 4: 368_153, 10: 628_019},
            "completed": {10: 414_241},  # rate 65.96
        },
        2021: {
            "carried_in": {1: 295_617},
            "accepted": {12: 843_768},
            "due": {6: 600_243, 10: 796_512, 12: 832_471},
            "eligible": {6: 450_002, 10: 621_483, 12: 651_417},  # rates 51.25, above 66, 75.83
            "completed": {10: 412_507},
        },
        2022: {
            "carried_in": {1: 326_113},
            "accepted": {12: 873_234},  # carried in + new 547,121
            "due": {9: 647_969},  # growth 19.62 in the next year
            "eligible": {9: 541_560},  # rate 64.35; growth 6.04 in the next year
        },
        2023: {
            "accepted": {12: 934_816},  # entrusted 12,004 and revoked 501, as in October
            "eligible": {12: 690_471},  # rate 83.25
        },
    },
    "money": {
        2016: {
            "carried_in": {1: 84_712_305_618},
            "accepted": {12: 144_498_713_402},  # growth 19.67 in the next year, more than 28,000 billion
            "due": {12: 133_679_412_087},
            "eligible": {0: 35_940_118_273, 9: 84_103_576_940, 12: 80_604_211_935},
            "completed": {9: 16_349_735_357},  # rate 19.44, 9.86 points below the next year's
        },
        2017: {
            "accepted": {4: 124_900_127_345, 12: 172_921_384_517},
            "due": {4: 124_450_318_226, 12: 170_970_632_841},
            "eligible": {4: 83_100_214_387, 9: 96_700_453_112, 12: 91_993_247_216},  # 12: rate 38.31
            "completed": {4: 11_068_948_556, 9: 28_333_232_762},  # rates 13.32 and 29.30
        },
        2018: {
            "carried_in": {1: 135_603_218_744},
            "accepted": {4: 148_905_931_821, 12: 195_800_300_412},  # growth 19.22; 39.81 in the next year
            "due": {4: 148_361_077_935, 12: 193_702_618_507},
            "eligible": {4: 84_336_518_627, 8: 108_402_733_916, 12: 98_197_403_281},
            "completed": {4: 7_472_215_550, 8: 17_973_173_283, 12: 34_506_547_000},  # 8.86, 16.58
        },
        2019: {
            "carried_in": {1: 159_012_744_386},
            "accepted": {12: 273_748_512_690},
            "due": {12: 270_901_377_254},
            "eligible": {10: 157_203_481_665, 12: 148_791_463_820},  # 12: rate 35.43
            "completed": {10: 42_303_456_916},  # rate 26.91
        },
        2020: {
            "carried_in": {1: 217_954_118_302, 4: 184_547_635_911},
            "accepted": {12: 267_609_274_618},
            "eligible": {3: 121_508_764_250, 4: 122_311_905_487, 10: 140_602_837_194},
            "completed": {10: 36_556_737_670},  # rate 26.00
        },
        2021: {
            "carried_in": {1: 205_904_376_128},
            "accepted": {12: 291_517_826_340},
            "due": {6: 264_514_916_203, 10: 283_409_225_781, 12: 288_603_715_094},  # 6: next year +10.57 %
            "eligible": {6: 142_790_436_581, 10: 150_604_318_277, 12: 146_446_917_385},
            "completed": {6: 23_517_584_902, 10: 38_301_466_213, 12: 45_705_882_916},  # 16.47, 31.21
        },
        2022: {
            "carried_in": {1: 236_903_584_217},
            "accepted": {12: 339_956_318_472},
            "due": {9: 314_601_483_205, 12: 336_851_740_963},  # 9: growth 19.08 in the next year
            "eligible": {9: 177_005_236_714, 12: 165_240_387_156},  # 29.47, 22.35 %; 45.42
            "completed": {12: 75_052_183_845},
        },
        2023: {
            "carried_in": {1: 250_304_729_618},
            "accepted": {12: 392_613_947_205},
            "due": {9: 374_627_483_516, 12: 388_509_614_327},
            "eligible": {9: 216_558_603_472, 12: 191_131_872_504},  # 12: rate 46.78
            "completed": {12: 89_412_706_183},
        },
    },
}

# FY2023 at 12 months, October count less December count, by item. Cases: printed, except that
# eligible and due of December follow from the rate. Money: within what is printed truncated to billions.
FINAL_TO_PROVISIONAL: dict[str, dict[str, int]] = {
    "cases": {"new": 1_230, "eligible": 1_122, "completed": 848},
    "money": {"new": 3_552_107_466, "eligible": 1_580_938_247, "completed": 92_518_230},
}


def anchors(measure: str, fiscal_year: int) -> Mapping[str, Points]:
    """Return the points of a year's national series, published and chosen together."""
    published, chosen = PUBLISHED[measure][fiscal_year], CHOSEN[measure][fiscal_year]
    return {
        item: published.get(item, {}) | chosen.get(item, {})
        for item in ("carried_in", "accepted", "due", "eligible", "completed")
    }
