//! Effects hidden inside SQL that reads like a question: writing CTEs, SELECT INTO, locks, functions.

use std::ops::ControlFlow;

use dd0c_types::ScannerRisk;
use dd0c_types::classification::CommandSpan;
use sqlparser::ast::{
    BinaryOperator, Expr, ObjectName, Query, Select, Statement, TableFactor, UnaryOperator, Value, Visitor,
};

use super::sql::kind;
use crate::paths;
use crate::report::Report;
use crate::table::{SQL_EFFECT_FUNCTIONS, SQL_READ_FUNCTIONS, SQL_SECRET_TABLES};

/// Collects effects while the tree is walked.
pub(crate) struct Effects<'r> {
    pub(crate) span: CommandSpan,
    pub(crate) report: &'r mut Report,
}

impl Effects<'_> {
    fn function(&mut self, name: &ObjectName) {
        let name = last_part(name);
        if SQL_EFFECT_FUNCTIONS.iter().any(|known| paths::looks_like(&name, known)) {
            let why = format!("the function `{name}` changes something, reads files or speaks to others");
            self.report.note("sql.function", ScannerRisk::Caution, self.span, why);
        } else if !SQL_READ_FUNCTIONS.iter().any(|known| paths::looks_like(&name, known)) {
            let why = format!("the function `{name}` is not known to only read");
            self.report.note("sql.unknown-function", ScannerRisk::Unknown, self.span, why);
        }
    }
}

impl Visitor for Effects<'_> {
    type Break = ();

    fn pre_visit_statement(&mut self, statement: &Statement) -> ControlFlow<()> {
        kind(statement, self.span, self.report);
        ControlFlow::Continue(())
    }

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        if !query.locks.is_empty() {
            self.report.note("sql.lock", ScannerRisk::Caution, self.span, "locks the rows that it reads");
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<()> {
        if select.into.is_some() {
            self.report.note(
                "sql.select-into",
                ScannerRisk::Caution,
                self.span,
                "writes its result to a new table",
            );
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_relation(&mut self, relation: &ObjectName) -> ControlFlow<()> {
        let name = relation.to_string().to_ascii_lowercase();
        if SQL_SECRET_TABLES.iter().any(|known| paths::looks_like(&name, known)) {
            self.report.note("secret.table", ScannerRisk::Caution, self.span, "shows password hashes");
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<()> {
        match factor {
            TableFactor::Function { name, .. } | TableFactor::Table { name, args: Some(_), .. } => {
                self.function(name)
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        if let Expr::Function(function) = expr {
            self.function(&function.name);
        }
        ControlFlow::Continue(())
    }
}

fn last_part(name: &ObjectName) -> String {
    let text = name.to_string().to_ascii_lowercase();
    text.rsplit('.').next().unwrap_or(&text).trim_matches(['"', '`']).to_owned()
}

/// Whether a condition holds for every row. Only the forms that people write by hand or by mistake.
pub(crate) fn is_always_true(expr: &Expr) -> bool {
    match expr {
        Expr::Nested(inner) => is_always_true(inner),
        Expr::Value(value) => is_true_value(&value.value),
        Expr::UnaryOp { op: UnaryOperator::Not, expr } => is_always_false(expr),
        Expr::BinaryOp { left, op, right } => always_true_operator(left, op, right),
        Expr::IsTrue(inner) | Expr::IsNotFalse(inner) => is_always_true(inner),
        _ => false,
    }
}

fn always_true_operator(left: &Expr, op: &BinaryOperator, right: &Expr) -> bool {
    match op {
        BinaryOperator::Or => is_always_true(left) || is_always_true(right),
        BinaryOperator::And => is_always_true(left) && is_always_true(right),
        BinaryOperator::Eq | BinaryOperator::GtEq | BinaryOperator::LtEq => {
            left == right || left.to_string() == right.to_string()
        }
        BinaryOperator::NotEq | BinaryOperator::Lt | BinaryOperator::Gt => {
            matches!((left, right), (Expr::Value(a), Expr::Value(b)) if a.value != b.value)
        }
        _ => false,
    }
}

fn is_always_false(expr: &Expr) -> bool {
    match expr {
        Expr::Nested(inner) => is_always_false(inner),
        Expr::Value(value) => matches!(&value.value, Value::Boolean(false)) || value.value.to_string() == "0",
        Expr::BinaryOp { left, op: BinaryOperator::Eq, right } => {
            matches!((&**left, &**right), (Expr::Value(a), Expr::Value(b)) if a.value != b.value)
        }
        _ => false,
    }
}

fn is_true_value(value: &Value) -> bool {
    match value {
        Value::Boolean(truth) => *truth,
        Value::Number(number, _) => !number.trim_matches(['0', '.']).is_empty(),
        _ => false,
    }
}
