"""The demo's bulletins: one for each quarter of the closed year, published when its reports and statistics were in."""

from datetime import date, datetime, time, timedelta

from commitments import publishing
from commitments.models import Campaign
from portal.clock import SHANGHAI
from portal.models import Quarter
from projects import rollups
from projects.demo.building import Scene

DAYS_AFTER = 25  # after the quarter's end
OUTLOOK = {
    1: "各责任单位要对照年度计划，逐个项目倒排工期，确保上半年时间任务“双过半”（演示）。",
    2: "下半年要聚焦滞后项目，落实领导包联和周调度，补齐进度欠账（演示）。",
    3: "四季度要抢抓施工黄金期，确保年度承诺事项按期兑现（演示）。",
    4: "年底结账工作随即启动，各单位要对照承诺书认真自评，如实提供佐证材料（演示）。",
}


def publish(campaign: Campaign, quarter: Quarter, scene: Scene) -> None:
    """Publish what the figures were at that time; what is corrected later stands beside it."""
    rollups.drain(at=_at(quarter, 20))
    administrator = scene.past.people["administrator-1"]
    bulletin = publishing.begin(campaign, quarter, by=administrator, at=_at(quarter, DAYS_AFTER))
    publishing.note(bulletin, OUTLOOK[quarter.number], by=administrator, at=_at(quarter, DAYS_AFTER))
    publishing.publish(bulletin, by=administrator, at=_at(quarter, DAYS_AFTER, hour=15))


def _at(quarter: Quarter, days: int, hour: int = 9) -> datetime:
    day: date = quarter.ends_on + timedelta(days=days)
    return datetime.combine(day, time(hour), tzinfo=SHANGHAI)
