"""What the made-up reports say in words, by kind of work and how far it has come. Names nobody and no real firm."""

from collections.abc import Sequence

from projects.demo.distribution import fraction, pick
from projects.demo.names import ECOLOGY, INDUSTRY, INFRASTRUCTURE, LIVELIHOOD

# For each category, or chain that works otherwise: before the start, at it, then four steps of the work, then its end.
PROGRESS = {
    INDUSTRY: (
        ("已完成备案和用地预审，正在办理施工许可", "厂房方案设计已通过评审，正在办理环评批复"),
        ("已进场开工，完成场地平整和临时水电接入", "桩基施工，累计完成约四成"),
        ("1号厂房基础完成，2号厂房桩基施工", "厂房钢结构吊装，完成约三成"),
        ("1号、2号厂房主体封顶，办公楼砌体施工", "钢结构主体完工，屋面和围护板安装"),
        ("厂房装修基本完成，首批设备到场安装", "配套道路和管网施工，两条生产线设备安装"),
        ("设备调试，环保设施同步安装", "第一条生产线试生产，第二条生产线安装"),
        ("竣工验收合格，正式投产", "全部生产线投产，产能正在爬坡"),
    ),
    INFRASTRUCTURE: (
        ("初步设计已批复，正在办理用地报批", "可研已批复，正在开展勘察设计招标"),
        ("已开工，完成便道和驻地建设", "先行段进场施工，清表完成"),
        ("路基土石方完成约三成，涵洞施工", "管沟开挖和基础施工"),
        ("路基土石方完成约六成，桥梁桩基施工", "主体结构施工过半"),
        ("路面垫层和基层施工，桥梁梁板架设", "主体完工，设备安装"),
        ("沥青面层摊铺，交安设施安装", "附属工程施工，开展分项验收"),
        ("竣工验收通过，投入使用", "全线完工，交付使用"),
    ),
    LIVELIHOOD: (
        ("施工图审查中，正在办理规划许可", "选址和可研已批复，正在招标"),
        ("已开工，基坑支护施工", "已进场，完成围挡和土方开挖"),
        ("基础完成，主体施工至二层", "改造楼栋完成摸排，外立面施工三成"),
        ("主体结构封顶", "雨污分流管网完成过半，外立面施工六成"),
        ("砌体和内外装修施工", "楼栋改造完成八成，小区道路施工"),
        ("室外附属工程施工，设备采购", "绿化和停车位施工"),
        ("竣工验收合格，交付使用", "全部改造完成，居民满意度回访中"),
    ),
    "tourism": (
        ("规划设计方案已通过评审，正在办理用地手续", "已完成立项，正在办理施工许可"),
        ("已开工，游客中心基础施工", "已进场，完成场地平整"),
        ("游客中心主体施工，步道铺设约三成", "康养公寓基础完成"),
        ("游客中心封顶，景观工程施工", "康养公寓主体封顶"),
        ("内外装修施工，停车场铺装", "步道和观景平台施工"),
        ("设施调试，标识系统安装", "绿化补植，运营团队进场"),
        ("竣工验收合格，对外开放", "全部建成，投入运营"),
    ),
    "logistics": (
        ("已完成备案，正在办理施工许可", "总平面方案已批复，正在招标"),
        ("已开工，场地平整完成", "已进场，仓库桩基施工"),
        ("1号仓基础完成，2号仓桩基施工", "围墙和场区道路施工"),
        ("1号仓钢结构吊装", "仓库主体完成过半"),
        ("仓库主体完工，地坪施工", "分拣车间安装设备"),
        ("分拣线调试，信息系统上线测试", "消防和监控系统安装"),
        ("竣工验收合格，投入运营", "全部建成，首批企业入驻"),
    ),
    ECOLOGY: (
        ("实施方案已批复，正在招标", "勘察设计完成，正在申报专项资金"),
        ("已开工，完成施工围堰", "已进场，开展清淤作业"),
        ("清淤完成约三成，护岸基础施工", "调节池和格栅间基础施工"),
        ("护岸完成过半，截污管网铺设", "生化池主体施工"),
        ("生态护坡和岸线绿化施工", "设备安装，厂区管线施工"),
        ("绿化补植，水质监测点建设", "联动调试，进水试运行"),
        ("通过验收，移交管护", "竣工验收合格，达标排放"),
    ),
}

STANDS_STILL = ("资金未到位，现场已停工，留人看护", "停工，正在与施工单位协商复工方案")

OBSTACLES = (
    "剩余几户征拆协议未签，影响管线入场",
    "林地审批手续正在上报，部分地块不能动工",
    "专项债资金尚未拨付，进度款支付滞后",
    "主要设备受疫情影响推迟到货，安装顺延约一个月",
    "钢材、砂石价格上涨，施工单位要求调差",
    "高压线路迁改未完成，影响主体施工",
    "连续降雨，土方作业有效天数减少",
)
BEFORE_THE_START = (
    "用地报批尚未完成，红线内部分地块待批",
    "环评批复还在办理，暂不能开工",
    "施工招标流标一次，正在重新招标",
)
SUSPENDED = "投资方资金链紧张，正在引入新的合作方"
# What a unit says about a warning, by the rule's code.
EXPLANATIONS = {
    "far_above_plan": ("金额已与支付凭证核对，单位无误",),
    "same_figure": ("按月均衡施工，本季与上季完成量相同，已核对计量台账",),
    "jump": ("本季设备集中到货，按合同支付设备款", "上季受雨季影响进度偏慢，本季抢抓工期集中施工"),
    "over_plan_in_first_quarter": ("年度计划偏保守，主体工程提前计量",),
    "over_total": ("材料涨价和设计变更，概算调整正在报批",),
    "money_before_start": ("为征地拆迁和勘察设计等前期费用", "为土地出让金和前期手续费用"),
    "completed_before": ("验收提出整改意见，整改完成前按续建填报",),
    "stage_backwards": ("上期阶段选择有误，本期更正",),
    "started_in_earlier_year": ("往年只做临建，主体工程今年开工",),
    "other_start": ("以施工许可证载明日期为准，更正开工日期",),
    "start_without_evidence": ("已正式开工，现场照片整理后补传", "开工令已签发，照片近期补传"),
    "stalled_two_quarters": ("正在协调建设资金，复工时间待定", "设计调整未批复，暂未恢复施工"),
    "suspended_unexplained": ("正在协调复工条件",),
}
# A report on a real project says that its words and figures are made up.
ABOUT_REAL = "（演示数据）"


def progress(key: str, category: str, chain: str | None, *, step: int, is_known: bool) -> str:
    """Words for a step from 0 (not started) over 1 (just started) to 6 (completed)."""
    kind = chain if chain in PROGRESS else category
    said = pick(PROGRESS[kind][step], key, "kind")
    return ABOUT_REAL + said if is_known else said


def obstacle(choices: Sequence[str], key: str, year: int, number: int, *, is_slow: bool) -> str:
    """What holds a made-up project up: something for one in three of the slow, one in twelve of the others."""
    if fraction(key, year, number, "obstacle") < (0.34 if is_slow else 0.08):
        return pick(choices, key, year, number, "which")
    return ""


def explanation(key: str, code: str, year: int, number: int, *, is_known: bool) -> str:
    """A sentence on a warning of this code."""
    said = pick(EXPLANATIONS[code], key, code, year, number)
    return ABOUT_REAL + said if is_known else said
