"""Papers as a view would make them, small enough to read."""

from typing import Any

ADDRESS = "https://portal.example.cn/verify/2022-430422-1"
SHA256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
MARKUP = '#strong[a] *b* _c_ $x^2$ = d <e> @f // g `h` \\ ~ -- "i" & <b>j</b>'
PROJECT_HEAD = ["序号", "项目名称", "年度计划投资（万元）", "计划开工", "计划竣工"]


def projects(count: int) -> list[list[str]]:
    return [
        [
            str(number),
            f"衡阳市第{number}号标准厂房及配套设施建设项目",
            f"{1234.5 * number:,.2f}",
            "2022年3月",
            "2023年12月",
        ]
        for number in range(1, count + 1)
    ]


def letter(count: int = 3, **changes: Any) -> dict[str, Any]:
    """A signed letter with this many projects."""
    return {
        "language": "zh",
        "dated": "2022-02-07T10:32:00+08:00",
        "number": "衡承诺〔2022〕6号",
        "title": "衡南县2022年度重大项目建设承诺书",
        "to": "中共衡阳市委、衡阳市人民政府：",
        "paragraphs": ["衡南县对2022年度重大项目建设工作郑重承诺如下。"],
        "projects_heading": "一、承诺实施的重大项目",
        "projects": {"head": PROJECT_HEAD, "rows": projects(count)},
        "pledges_heading": "二、承诺事项",
        "pledges": {"head": ["序号", "承诺事项", "目标"], "rows": [["1", "年度完成投资（万元）", "1,250,000.00"]]},
        "closing": ["以上承诺，确保按期兑现。"],
        "signatures": [
            {"party": "承诺单位", "unit": "衡南县", "post": "县委书记", "name": "李大明", "at": "2022年2月7日 10:32"},
            {"party": "监督单位", "unit": "衡阳市", "post": "市长"},
        ],
        "notes": ["注：按形象进度口径，非统计数据。"],
        "verify": {"words": "扫描二维码核验", "address": ADDRESS, "sha256": SHA256},
        **changes,
    }


def league(units: int = 12) -> dict[str, Any]:
    return {
        "caption": "县市区综合排名",
        "head": ["名次", "单位", "得分", "完成率（%）", "进度灯"],
        "numeric": [True, False, True, True, False],
        "rows": [[str(rank), f"第{rank}县", f"{99 - rank}.50", "35.1", "● 正常"] for rank in range(1, units + 1)],
    }


def bulletin(**changes: Any) -> dict[str, Any]:
    return {
        "language": "zh",
        "dated": "2022-04-15T09:00:00+08:00",
        "masthead": "衡阳市重大项目建设通报",
        "number": "〔2022〕第1期",
        "issuer": "衡阳市重大项目建设指挥部办公室",
        "date": "2022年4月15日",
        "title": "关于2022年一季度全市重大项目建设情况的通报",
        "sections": [
            {"heading": "一、总体情况", "paragraphs": ["一季度累计完成投资412.35亿元。", "覆盖28个单位。"]},
            {"heading": "（一）县市区", "level": 2, "paragraphs": [MARKUP], "tables": [league(), league(2)]},
        ],
        "notes": ["说明：非统计数据。", "抄送：市委、市政府。"],
        "sha256": SHA256,
        "address": "https://portal.example.cn/bulletins/2022-1/",
        **changes,
    }


def sheet(**changes: Any) -> dict[str, Any]:
    return {
        "language": "en",
        "dated": "2023-01-20T09:00:00+08:00",
        "title": "Settlement of the letter of Hengnan County",
        "subtitle": "Year 2022",
        "facts": [["Unit", "Hengnan County"], ["State", "settled"]],
        "sections": [{"heading": "1. Pledges", "tables": [{"head": ["No.", "Pledge"], "rows": []}]}],
        "sha256": SHA256,
        **changes,
    }
