"""The words that clerks write in coded columns, and the codes of DOMAIN 8 that they stand for.

Closed columns know exactly these words; of free text the first pattern found gives a code, and no pattern gives none.
"""

import re
from collections.abc import Mapping

# --- closed columns: another word is an error

CHANNELS = {
    "窗口": "window",
    "现场": "window",
    "电话": "phone",
    "来信": "letter",
    "信函": "letter",
    "网上": "online",
    "网络": "online",
    "12345转办": "hotline",
    "村(社区)代报": "community",
    "代理人": "agent",
    "工作人员主动": "staff",
}
SCOPES = {
    "重病、住院": "A1",
    "伤残、行动不便": "A2",
    "伤残、残疾行动不便": "A2",
    "高龄": "A3",
    "孕产": "A4",
    "确有困难": "B1",
    "确有困难申请": "B1",
    "孤儿、事实无人抚养、困境儿童": "B2",
    "机构内": "B3",
    "羁押、戒毒、养老/福利机构内": "B3",
    "未完续办": "C1",
    "急办(招商引资)": "C2",
    "急办(招商引资、重点项目)": "C2",
    "急办(群众紧急事项)": "C3",
    "群体集中办理": "D1",
    "单位集中办理": "D2",
    "窗口主动上门": "E1",
    "企业主动走访": "E2",
    "送证上门": "E3",
}
ID_TYPES = {
    "居民身份证": "id_card",
    "身份证": "id_card",
    "港澳台居民居住证": "residence_permit",
    "统一社会信用代码": "credit_code",
    "护照": "passport",
    "军官证": "military_id",
    "外国人永久居留身份证": "permanent_residence",
    "无": "none",
}
DECISIONS = {
    "同意上门": "accepted",
    "不予上门": "declined",
    "转其他方式": "redirected",
    "转办": "transferred",
    "申请人撤回": "withdrawn",
    "逾期未补正视为撤回": "lapsed",
}
RECORDING = {"同意": "given", "不同意": "refused", "不需要": "not_needed"}
OUTCOMES = {
    "当场办结": "done_on_site",
    "现场受理": "accepted_on_site",
    "需补正": "supplement_needed",
    "需再次上门": "follow_up_needed",
    "续办": "continued",
    "中止": "aborted",
    "未遇": "not_met",
}
OUTCOME_END_CODES = {
    "done_on_site": "K01",
    "accepted_on_site": "K02",
    "supplement_needed": "K03",
    "follow_up_needed": "K04",
    "continued": "K05",
    "not_met": "K14",
}
DELIVERY_WAYS = {
    "邮寄": "post",
    "电子证照": "electronic",
    "送证上门": "at_door",
    "代理人领取": "agent",
    "窗口领取": "counter",
}
RATINGS = {
    "非常满意": 5,
    "满意": 4,
    "基本满意": 3,
    "不满意": 2,
    "非常不满意": 1,
    "很好": 5,  # from here on: the other words of the city's own rule (DOMAIN 3.2)
    "好": 4,
    "一般": 3,
    "差": 2,
    "很差": 1,
}
YES_NO = {"是": True, "否": False}
HALF_DAYS = {"上午": "AM", "下午": "PM", "全天": "DAY"}

_NATIONAL = {5: (501, 517), 4: (401, 413), 3: (301, 314), 2: (201, 214), 1: (101, 115)}
RATING_REASONS = frozenset(
    [str(code) for first, last in _NATIONAL.values() for code in range(first, last + 1)]
    + [f"H{n:02}" for n in range(1, 9)]
    + [f"P{n:02}" for n in range(1, 4)]
)

# --- free text: what is recognised is coded, the text stays

DECLINES = {
    r"不属本中心职权": "N01",
    r"须本人到场": "N02",
    r"不符合上门情形": "N03",
    r"无法联系": "N06",
    r"重复申请": "N07",
    r"授权不足|委托.*不(全|足)": "N08",
    r"无民事行为能力": "N09",
    r"传染病": "N10",
    r"超出服务区域|转属地": "N11",
    r"事项已(取消|停办)": "N12",
    r"材料虚假": "N13",
    r"安全风险": "N14",
    r"全程网办": "N15",
    r"诉讼|复议": "N16",
}
DECISION_CODES = {"withdrawn": "N04", "lapsed": "N05"}
REDIRECTS = {
    r"便民服务站": "RD-STATION",
    r"网办": "RD-ONLINE",
    r"邮寄": "RD-EXPRESS",
    r"代办": "RD-AGENT",
    r"绿色通道": "RD-COUNTER",
    r"视频": "RD-REMOTE",
}
RESCHEDULES = {
    r"身体": "U01",
    r"材料": "U02",
    r"家中无人|时间冲突": "U03",
    r"自行办理": "U04",
    r"不再需要": "U05",
    r"工作人员.*(请假|疾病|生病)": "Z01",
    r"前序|超时": "Z02",
    r"车辆|交通": "Z03",
    r"系统": "Z04",
    r"天气|灾害": "Z05",
    r"疫情|管控": "Z06",
    r"节假日": "Z07",
    r"安全": "Z08",
    r"紧急任务": "Z09",
}
ABORTS = {
    r"意愿不(真实|清)": "K06",
    r"行为能力": "K07",
    r"身份.*不符": "K08",
    r"拒绝(录音|录像)": "K09",
    r"申请人(要求)?中止": "K10",
    r"威胁|人身|冲突": "K11",
    r"突发(不适|疾病)|120": "K12",
    r"设备|网络": "K13",
    r"材料.*(虚假|伪造)": "K15",
    r"疫情|传染病": "K17",
}
ABSENCES = {r"拒绝开门": "M02", r"地址不符": "M03", r"临时外出": "M04", r"无人": "M01"}
INCIDENTS = {
    r"申请人突发(不适|疾病)": "PH2",
    r"工作人员突发(不适|疾病)": "PH3",
    r"传染病": "PH1",
    r"言语威胁": "SE1",
    r"冲突": "SE2",
    r"犬": "AC4",
    r"(材料|证照).*(遗失|丢失)": "IN1",
}
NEEDS = {
    r"听力": "hearing",
    r"视力": "sight",
    r"手语": "sign_language",
    r"轮椅": "wheelchair",
    r"无电梯|楼梯": "stairs",
    r"犬|狗": "dogs",
    r"方言|语言|翻译": "language",
    r"传染病": "infectious_disease",
}
RETURN_VISITS = {
    r"未接通|无法联系": "unreachable",
    r"拒绝": "refused",
    r"未退还": "materials_not_returned",
    r"迟到": "late",
    r"索要|好处费": "asked_for_money",
    r"不满意": "dissatisfied",
    r"满意": "satisfied",
}
COMPLAINTS = {
    r"好处费|索要|吃拿卡要": "CT06",
    r"未经同意.*(录音|录像|拍摄)": "CT11",
    r"打击报复": "CT15",
    r"(失约|未上门)": "CT08",
    r"(材料|证照).*(遗失|丢失|损毁|损坏)": "CT12",
    r"违规收费": "CT07",
    r"泄露": "CT10",
    r"重复要求|增设": "CT09",
    r"未一次性告知": "CT05",
    r"刁难|推诿|拖延": "CT04",
    r"不受理|退件": "CT03",
    r"超期|效率": "CT02",
    r"差错": "CT13",
    r"(诱导|强迫|干扰).*评价": "CT14",
    r"态度|争吵": "CT01",
}
MEASURES = {
    r"道歉": "apology",
    r"更正": "correction",
    r"退还": "refund",
    r"培训": "training",
    r"约谈": "interview",
    r"通报": "circular",
    r"扣分": "deduction",
    r"调离": "moved_off_window",
    r"移送|纪检": "referral_to_discipline",
    r"改进流程": "process_change",
    r"解释": "explanation",
}
FINDINGS = {r"部分属实": "FD2", r"不属实": "FD3", r"无法认定": "FD4", r"误解": "FD5", r"属实": "FD1"}


def recognise(patterns: Mapping[str, str], text: str) -> str | None:
    """The code of the first pattern found in a free text."""
    return next((code for pattern, code in patterns.items() if re.search(pattern, text)), None)


def recognise_all(patterns: Mapping[str, str], text: str) -> tuple[str, ...]:
    return tuple(code for pattern, code in patterns.items() if re.search(pattern, text))


def leading_codes(text: str) -> tuple[str, ...]:
    """`H01 未按约定时间上门、209 …` gives H01, 209; words without a code in front give nothing."""
    return tuple(re.findall(r"(?:^|[、,;\s])([A-Z]\d{2}|\d{3})(?!\d)", text))
