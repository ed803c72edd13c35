//! Whether a condition holds for every row. Only the forms that people write by hand or by mistake.

use sqlparser::ast::{BinaryOperator, Expr, Query, SetExpr, UnaryOperator, Value};

/// Whether it holds for every row, or for every row that people mean by it.
pub(crate) fn is_always_true(expr: &Expr) -> bool {
    match expr {
        Expr::Nested(inner) | Expr::IsTrue(inner) | Expr::IsNotFalse(inner) => is_always_true(inner),
        Expr::Value(value) => is_true_value(&value.value),
        Expr::UnaryOp { op: UnaryOperator::Not | UnaryOperator::BangNot, expr } => is_always_false(expr),
        Expr::BinaryOp { left, op, right } => always_true_operator(left, op, right),
        Expr::Cast { expr, .. } => is_always_true(expr),
        Expr::Like { negated: false, pattern, .. } | Expr::ILike { negated: false, pattern, .. } => {
            is_text_of(pattern, '%')
        }
        _ => is_true_set(expr),
    }
}

/// `x IS NOT NULL`, `1 IN (1)`, `id IN (SELECT id FROM t)`, `EXISTS (SELECT 1)`, `1 BETWEEN 0 AND 2`.
fn is_true_set(expr: &Expr) -> bool {
    match expr {
        Expr::IsNotNull(_) => true,
        Expr::IsNull(inner) => matches!(&**inner, Expr::Value(value) if value.value == Value::Null),
        Expr::InList { expr, list, negated: false } => list.iter().any(|one| one == &**expr),
        Expr::Between { expr, negated: false, low, high } => {
            is_value(expr) && is_value(low) && is_value(high)
        }
        Expr::InSubquery { subquery, negated: false, .. } | Expr::Exists { subquery, negated: false } => {
            takes_everything(subquery)
        }
        _ => false,
    }
}

fn always_true_operator(left: &Expr, op: &BinaryOperator, right: &Expr) -> bool {
    match op {
        BinaryOperator::Or => is_always_true(left) || is_always_true(right),
        BinaryOperator::And => is_always_true(left) && is_always_true(right),
        other => compares_true(left, other, right),
    }
}

/// A comparison of a thing with itself, or of two values. Which of two values is less is not computed.
fn compares_true(left: &Expr, op: &BinaryOperator, right: &Expr) -> bool {
    let same = left == right || left.to_string().eq_ignore_ascii_case(&right.to_string());
    let values = is_value(left) && is_value(right);
    match op {
        BinaryOperator::Eq | BinaryOperator::Spaceship => same,
        BinaryOperator::GtEq | BinaryOperator::LtEq => same || values,
        BinaryOperator::NotEq | BinaryOperator::Lt | BinaryOperator::Gt => values && !same,
        _ => false,
    }
}

fn is_always_false(expr: &Expr) -> bool {
    match expr {
        Expr::Nested(inner) => is_always_false(inner),
        Expr::Value(value) => {
            matches!(&value.value, Value::Boolean(false) | Value::Null) || value.value.to_string() == "0"
        }
        Expr::BinaryOp { left, op: BinaryOperator::Eq, right } => {
            is_value(left) && is_value(right) && left.to_string() != right.to_string()
        }
        Expr::UnaryOp { op: UnaryOperator::Not, expr } => is_always_true(expr),
        Expr::IsNull(inner) => !is_value(inner),
        _ => false,
    }
}

/// A literal, or a sign before one.
fn is_value(expr: &Expr) -> bool {
    match expr {
        Expr::Value(_) => true,
        Expr::Nested(inner) | Expr::UnaryOp { expr: inner, .. } => is_value(inner),
        _ => false,
    }
}

fn is_text_of(expr: &Expr, only: char) -> bool {
    let Expr::Value(value) = expr else { return false };
    let text = value.value.clone().into_string();
    text.is_some_and(|text| !text.is_empty() && text.chars().all(|c| c == only))
}

/// A query of one table that leaves no row out.
fn takes_everything(query: &Query) -> bool {
    let SetExpr::Select(select) = &*query.body else { return false };
    let all = select.selection.as_ref().is_none_or(is_always_true);
    all && select.having.is_none()
        && query.limit_clause.is_none()
        && query.fetch.is_none()
        && select.from.len() < 2
        && select.from.iter().all(|table| table.joins.is_empty())
}

fn is_true_value(value: &Value) -> bool {
    match value {
        Value::Boolean(truth) => *truth,
        Value::Number(number, _) => !number.trim_matches(['0', '.']).is_empty(),
        // MySQL takes a text that begins with a number for that number.
        Value::SingleQuotedString(text) => {
            text.starts_with(|c: char| c.is_ascii_digit() && c != '0') || text == "t"
        }
        _ => false,
    }
}
