//! Chinese and Japanese: no spaces between words, and in Japanese the verb comes last.

use super::Asks;

/// Whether a sentence is written in Chinese or Japanese.
pub(super) fn is_written(text: &str) -> bool {
    text.chars().take(120).filter(|&c| is_han(c) || is_kana(c)).count() >= 2
}

fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{9fff}')
}

fn is_kana(c: char) -> bool {
    matches!(c, '\u{3041}'..='\u{30ff}')
}

#[rustfmt::skip]
const LOOK: &[&str] = &[
    "检查", "查看", "确认", "验证", "核实", "核对", "观察", "查询", "监控", "确保", "查找", "排查", "检测", "测试", "检验", "检视", "檢查", "確認", "驗證", "看一下", "登记并核",
];
#[rustfmt::skip]
const ACT: &[&str] = &[
    "执行", "运行", "重启", "启动", "停止", "登录", "登陆", "连接", "通知", "联系", "修改", "删除", "创建", "新建", "添加", "更新", "升级", "回滚", "设置", "配置", "打开", "关闭",
    "等待", "点击", "选择", "输入", "复制", "下载", "上传", "安装", "卸载", "将", "把", "使用", "清理", "清空", "扩容", "缩容", "恢复", "备份", "切换", "提交", "记录", "调整", "增加",
    "减少", "发送", "上报", "部署", "进入", "申请", "返回", "跳转", "重复", "替换", "迁移", "隔离", "封禁", "收集", "导出", "导入", "保存", "释放", "转到", "编辑", "召开", "拉起", "禁用", "启用",
    "杀掉", "终止", "分析", "定位", "评估", "報告", "執行", "重新", "停用", "拨打", "告知", "填写", "汇报", "升级给", "跳过", "继续", "限流", "降级", "摘除", "下线", "上线", "发布", "同步", "触发",
];
/// What stands before the verb of an instruction.
#[rustfmt::skip]
const BEFORE: &[&str] = &[
    "请", "先", "首先", "然后", "再", "接着", "最后", "之后", "随后", "立即", "马上", "尽快", "并", "需要", "应", "可以", "可", "必须", "如需", "手动", "尝试", "请先", "否则", "不然", "則", "则", "就", "务必", "同时",
];
/// What opens a condition in Chinese.
const IF: &[&str] = &["如果", "若", "假如", "倘若", "一旦", "如", "当", "當"];
/// What ends a condition in Japanese.
const ENDS: &[&str] = &[
    "場合には",
    "場合は",
    "場合、",
    "ときは",
    "時は",
    "なければ",
    "れば、",
    "たら、",
    "なら、",
    "ならば",
    "なら",
];

/// What a sentence asks for.
pub(super) fn asks(sentence: &str) -> Asks {
    let clause = main_clause(sentence);
    // `监控: https://…` is a label.
    if clause
        .split_once([':', '：'])
        .is_some_and(|(label, rest)| label.chars().count() <= 4 && !rest.trim().is_empty())
    {
        return Asks::Nothing;
    }
    if clause.chars().any(is_kana) { japanese(clause) } else { chinese(clause) }
}

fn chinese(clause: &str) -> Asks {
    let mut rest = clause.trim_start_matches(|c: char| !c.is_alphanumeric());
    while let Some(shorter) = BEFORE.iter().find_map(|word| rest.strip_prefix(word)) {
        rest = shorter.trim_start_matches([',', '，', '、', ' ']);
    }
    if starts(rest, LOOK) {
        Asks::Look
    } else if starts(rest, ACT) || placed(rest) {
        Asks::Act
    } else {
        Asks::Nothing
    }
}

fn starts(text: &str, words: &[&str]) -> bool {
    words.iter().any(|word| text.starts_with(word))
}

/// `在控制台点击…`: the place comes before the verb.
fn placed(text: &str) -> bool {
    let place =
        ["在", "到", "从", "通过", "用", "对", "向", "联系"].iter().any(|word| text.starts_with(word));
    place && ACT.iter().chain(LOOK).any(|verb| text.contains(verb))
}

/// Japanese: the last verb tells, and only in the forms that instruct.
fn japanese(clause: &str) -> Asks {
    const LOOKING: &[&str] =
        &["確認", "監視", "調査", "調べ", "チェック", "参照", "検証", "見る", "見ます", "注視"];
    #[rustfmt::skip]
    const INSTRUCTS: &[&str] = &[
        "してください", "て下さい", "てください", "でください", "します", "ます", "する", "せよ", "のこと", "確認", "実行", "再起動", "停止", "起動", "削除", "連絡", "報告", "実施", "行う", "行なう", "依頼",
        "変更", "追加", "作成", "設定", "ログイン", "接続", "開く", "戻る", "進む", "待つ", "戻す", "入れる", "上げる", "下げる", "こと",
    ];
    #[rustfmt::skip]
    const STATES: &[&str] = &[
        "されます", "なります", "あります", "います", "できます", "られます", "示します", "発生します", "意味します", "発報します", "される", "なる", "ある", "いる", "できる", "であること", "していること", "れます", "発報する", "発生する",
    ];
    let body = clause.trim_end_matches(|c: char| !c.is_alphanumeric());
    if STATES.iter().any(|end| body.ends_with(end)) || !INSTRUCTS.iter().any(|end| body.ends_with(end)) {
        return Asks::Nothing;
    }
    let tail: String = {
        let mut last: Vec<char> = body.chars().rev().take(12).collect();
        last.reverse();
        last.into_iter().collect()
    };
    if LOOKING.iter().any(|word| tail.contains(word)) { Asks::Look } else { Asks::Act }
}

/// The clause after a condition.
pub(super) fn main_clause(sentence: &str) -> &str {
    let body = sentence.trim_start_matches(|c: char| !c.is_alphanumeric());
    condition(body).map_or(body, |(_, rest)| rest)
}

/// The condition that a sentence opens with, and what follows it.
pub(super) fn condition(body: &str) -> Option<(&str, &str)> {
    let japanese = ENDS.iter().filter_map(|end| body.find(end).map(|at| (at, end.len()))).min();
    if let Some((at, length)) = japanese.filter(|(at, _)| *at > 0 && body.chars().any(is_kana)) {
        let rest = body[at + length..].trim_start_matches(['、', '，', ',', ' ']);
        return Some((body[..at].trim_end_matches('の'), rest));
    }
    let rest =
        ["但", "而", "同时", "另外", "或者"].iter().find_map(|word| body.strip_prefix(word)).unwrap_or(body);
    let opened = IF.iter().find_map(|word| rest.strip_prefix(word))?;
    let comma = opened.find(['，', ',', '：', ':'])?;
    let text = opened[..comma].trim();
    let text = text.strip_suffix("的话").or(text.strip_suffix('时')).unwrap_or(text);
    Some((text, opened[comma..].trim_start_matches(['，', ',', '：', ':', ' '])))
}

/// Whether a sentence is the other way of the condition before it.
pub(super) fn is_otherwise(sentence: &str) -> bool {
    let body = sentence.trim_start_matches(|c: char| !c.is_alphanumeric());
    ["否则", "不然", "反之", "そうでない", "それ以外", "さもなけれ", "でなければ"]
        .iter()
        .any(|word| body.starts_with(word))
}
