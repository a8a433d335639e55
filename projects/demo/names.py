"""What made-up projects are called: the unit, the kind of work, a running number, and that it is made up."""

from dataclasses import dataclass

INDUSTRY, INFRASTRUCTURE, LIVELIHOOD, ECOLOGY = "industry", "infrastructure", "livelihood", "ecology"


@dataclass(frozen=True)
class Place:
    """A unit as the demo sees it: its short names, how many projects it gets, its chains, how it kept its plan."""

    zh: str
    en: str
    weight: int
    chains: tuple[str, ...]
    rate: int  # per cent of its plans that it completed in 2021, before calibration


PLACES = {
    "430405": Place("珠晖区", "Zhuhui District", 3, ("logistics", "power_equipment"), 121),
    "430406": Place("雁峰区", "Yanfeng District", 3, ("electronics", "tourism"), 134),
    "430407": Place("石鼓区", "Shigu District", 3, ("salt_chemicals", "tourism"), 108),
    "430408": Place("蒸湘区", "Zhengxiang District", 3, ("steel_tubes", "electronics"), 146),
    "430412": Place("南岳区", "Nanyue District", 2, ("tourism",), 90),
    "430421": Place("衡阳县", "Hengyang County", 4, ("light_industry", "agriculture"), 129),
    "430422": Place("衡南县", "Hengnan County", 4, ("power_equipment", "agriculture", "electronics"), 158),
    "430423": Place("衡山县", "Hengshan County", 3, ("new_materials", "tourism"), 112),
    "430424": Place("衡东县", "Hengdong County", 3, ("power_equipment", "light_industry"), 138),
    "430426": Place("祁东县", "Qidong County", 4, ("agriculture", "new_energy"), 144),
    "430481": Place("耒阳市", "Leiyang", 4, ("light_industry", "new_energy"), 119),
    "430482": Place("常宁市", "Changning", 4, ("nonferrous", "textiles"), 152),
    "430476": Place("高新区", "Hi-Tech Zone", 4, ("electronics", "power_equipment", "new_materials"), 166),
    "430473": Place("松木经开区", "Songmu Economic Zone", 4, ("salt_chemicals", "new_energy"), 141),
    "P-BSZ": Place("白沙洲工业园", "Baishazhou Park", 3, ("electronics", "new_materials"), 133),
    "P-HSKC": Place("衡山科学城", "Hengshan Science City", 2, ("connected_vehicles", "electronics"), 94),
    "P-ZBQ": Place("综合保税区", "Bonded Zone", 2, ("electronics", "logistics"), 96),
    "C-CJT": Place("城建投集团", "Urban Construction Group", 3, ("logistics",), 127),
    "C-HXGT": Place("弘湘国投", "Hongxiang Assets", 2, ("tourism",), 116),
    "C-GXT": Place("高新投集团", "Hi-Tech Investment Group", 2, ("electronics",), 149),
}
WEIGHTS = {code: place.weight for code, place in PLACES.items()}

# What a project of each industry chain is called.
CHAINS = {
    "nonferrous": ("有色金属精深加工", "metal processing plant"),
    "salt_chemicals": ("精细化工", "fine chemicals plant"),
    "steel_tubes": ("钢管深加工", "steel tube plant"),
    "power_equipment": ("输变电装备", "power equipment plant"),
    "new_energy": ("动力电池材料", "battery materials plant"),
    "connected_vehicles": ("智能网联汽车零部件", "connected vehicle parts plant"),
    "electronics": ("电子元器件", "electronic components plant"),
    "textiles": ("纺织服装", "textile plant"),
    "logistics": ("智慧仓储", "smart warehouse"),
    "tourism": ("文旅康养", "tourism and health resort"),
    "new_materials": ("新材料", "new materials plant"),
    "light_industry": ("特色轻工", "light industry plant"),
    "agriculture": ("农产品加工", "farm produce plant"),
}
# Chains that the portal doesn't begin with, so that every unit has one that suits it: code → both names.
FURTHER_CHAINS = {
    "new_materials": ("新材料", "New materials"),
    "light_industry": ("特色轻工", "Light industry"),
    "agriculture": ("农产品加工", "Farm produce processing"),
}

WORKS = {
    INFRASTRUCTURE: (
        ("道路提质", "road improvement"),
        ("标准厂房配套", "site works for standard plants"),
        ("供水管网", "water supply network"),
        ("变电站", "substation"),
        ("货运场站", "freight yard"),
    ),
    LIVELIHOOD: (
        ("学校新建", "new school"),
        ("医院扩建", "hospital extension"),
        ("老旧小区改造", "renewal of old neighbourhoods"),
        ("养老服务中心", "care centre for the elderly"),
    ),
    ECOLOGY: (
        ("河道治理", "river restoration"),
        ("污水处理厂", "sewage works"),
        ("矿山修复", "mine restoration"),
    ),
}


def made_up(unit: str, category: str, chain: str | None, number: int) -> tuple[str, str]:
    """Both names of a unit's project with this running number."""
    place = PLACES[unit]
    if chain:
        zh, en = CHAINS[chain]
    else:
        zh, en = WORKS[category][number % len(WORKS[category])]
    return f"演示项目·{place.zh}{zh} {number:02d}", f"Demonstration project: {place.en} {en} {number:02d}"
