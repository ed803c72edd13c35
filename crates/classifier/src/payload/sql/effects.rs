//! Effects hidden inside SQL that reads like a question: writing CTEs, SELECT INTO, locks, functions.

use std::ops::ControlFlow;

use dd0c_types::ScannerRisk;
use dd0c_types::classification::CommandSpan;
use sqlparser::ast::{Expr, ObjectName, Query, Select, Statement, TableFactor, Visitor};

use super::statement::kind;
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
        let foreign = name.0.len() > 1 && !OWN_SCHEMAS.contains(&first_part(name).as_str());
        let name = last_part(name);
        if SQL_EFFECT_FUNCTIONS.iter().any(|known| paths::looks_like(&name, known)) {
            let why = format!("the function `{name}` changes something, reads files or speaks to others");
            self.report.note("sql.function", ScannerRisk::Caution, self.span, why);
        } else if foreign || !SQL_READ_FUNCTIONS.iter().any(|known| paths::looks_like(&name, known)) {
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

/// Schemas that only the server's makers fill.
const OWN_SCHEMAS: &[&str] = &["pg_catalog", "information_schema", "sys", "main"];

fn first_part(name: &ObjectName) -> String {
    name.0.first().map(ToString::to_string).unwrap_or_default().trim_matches(['"', '`']).to_ascii_lowercase()
}

fn last_part(name: &ObjectName) -> String {
    let text = name.to_string().to_ascii_lowercase();
    text.rsplit('.').next().unwrap_or(&text).trim_matches(['"', '`']).to_owned()
}
