//! `cargo xtask complexity`: no function with more than 10 ways, no file with more than 500 lines.
//!
//! How it counts, in full: a function starts at 1. Each `if` (also a guard of a match arm), `while` and `for` adds 1;
//! each arm of a `match` beyond its first adds 1; each `&&` and `||` adds 1. `?`, `loop` and `let … else` add nothing:
//! they are error handling, or have their branch counted where it stands. A closure counts towards the function around
//! it; a function within a function counts by itself. What a macro is given is not looked into. Tests count too.
//!
//! A file's length is counted without its `#[cfg(test)]` modules. More than 400 lines is said, more than 500 fails.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use syn::spanned::Spanned;
use syn::visit::{self, Visit};

const WAYS: usize = 10;
const LINES_SAID: usize = 400;
const LINES_REFUSED: usize = 500;

/// Checks every `crates/*/src` below `root`.
///
/// # Errors
/// When a function or a file is above its limit, or a file cannot be read as Rust.
pub(crate) fn run(root: &Path) -> anyhow::Result<()> {
    let mut functions = 0;
    let mut wrong = 0;
    for path in sources(root)? {
        let text =
            std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let shown = path.strip_prefix(root).unwrap_or(&path).display().to_string();
        let file = measure(&text).with_context(|| format!("{shown} cannot be read as Rust"))?;
        functions += file.functions.len();
        wrong += usize::from(report_length(&shown, file.lines));
        for function in file.functions.iter().filter(|function| function.ways > WAYS) {
            println!(
                "{shown}:{} {} has {} ways (at most {WAYS})",
                function.line, function.name, function.ways
            );
            wrong += 1;
        }
    }
    if wrong > 0 {
        bail!("{wrong} above the limit; how it counts stands at the top of crates/xtask/src/complexity.rs");
    }
    println!("{functions} functions: none above {WAYS}");
    Ok(())
}

/// Whether the file is too long. Says so, or that it soon will be.
fn report_length(shown: &str, lines: usize) -> bool {
    if lines > LINES_SAID {
        let word = if lines > LINES_REFUSED { "too long" } else { "getting long" };
        println!("{shown}: {lines} lines without tests, {word} (at most {LINES_REFUSED})");
    }
    lines > LINES_REFUSED
}

/// Every Rust file below `crates/*/src`, in order.
fn sources(root: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let crates = root.join("crates");
    let mut files = Vec::new();
    for entry in std::fs::read_dir(&crates).with_context(|| format!("cannot list {}", crates.display()))? {
        collect(&entry?.path().join("src"), &mut files)?;
    }
    files.sort();
    Ok(files)
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    if !folder.is_dir() {
        return Ok(());
    }
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    Ok(())
}

struct Function {
    name: String,
    line: usize,
    ways: usize,
}

struct Measured {
    functions: Vec<Function>,
    /// Lines outside test modules.
    lines: usize,
}

fn measure(text: &str) -> syn::Result<Measured> {
    let file = syn::parse_file(text)?;
    let mut walk = Walk::default();
    walk.visit_file(&file);
    Ok(Measured { functions: walk.done, lines: text.lines().count() - walk.test_lines })
}

#[derive(Default)]
struct Walk {
    /// The functions around the present place, innermost last.
    open: Vec<Function>,
    done: Vec<Function>,
    test_lines: usize,
}

impl Walk {
    fn function(&mut self, signature: &syn::Signature, walk_body: impl FnOnce(&mut Self)) {
        let line = signature.ident.span().start().line;
        self.open.push(Function { name: signature.ident.to_string(), line, ways: 1 });
        walk_body(self);
        self.done.extend(self.open.pop());
    }

    fn add(&mut self, ways: usize) {
        if let Some(function) = self.open.last_mut() {
            function.ways += ways;
        }
    }
}

impl<'ast> Visit<'ast> for Walk {
    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.function(&item.sig, |walk| visit::visit_item_fn(walk, item));
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.function(&item.sig, |walk| visit::visit_impl_item_fn(walk, item));
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        self.function(&item.sig, |walk| visit::visit_trait_item_fn(walk, item));
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        if item.content.is_some() && item.attrs.iter().any(is_test_only) {
            let span = item.span();
            self.test_lines += span.end().line - span.start().line + 1;
        }
        visit::visit_item_mod(self, item);
    }

    fn visit_expr_if(&mut self, expression: &'ast syn::ExprIf) {
        self.add(1);
        visit::visit_expr_if(self, expression);
    }

    fn visit_expr_while(&mut self, expression: &'ast syn::ExprWhile) {
        self.add(1);
        visit::visit_expr_while(self, expression);
    }

    fn visit_expr_for_loop(&mut self, expression: &'ast syn::ExprForLoop) {
        self.add(1);
        visit::visit_expr_for_loop(self, expression);
    }

    fn visit_expr_match(&mut self, expression: &'ast syn::ExprMatch) {
        let guards = expression.arms.iter().filter(|arm| arm.guard.is_some()).count();
        self.add(expression.arms.len().saturating_sub(1) + guards);
        visit::visit_expr_match(self, expression);
    }

    fn visit_bin_op(&mut self, operator: &'ast syn::BinOp) {
        self.add(usize::from(matches!(operator, syn::BinOp::And(_) | syn::BinOp::Or(_))));
    }
}

/// Whether the attribute is `#[cfg(test)]`.
fn is_test_only(attribute: &syn::Attribute) -> bool {
    attribute.path().is_ident("cfg")
        && attribute.parse_args::<syn::Path>().is_ok_and(|path| path.is_ident("test"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ways(body: &str) -> usize {
        let measured = measure(&format!("fn f() {{ {body} }}")).unwrap();
        measured.functions[0].ways
    }

    #[test]
    fn a_straight_function_has_one_way_however_many_question_marks_it_holds() {
        assert_eq!(ways("a()?; b()?; let Some(c) = d else { return }; loop { e() }"), 1);
    }

    #[test]
    fn every_kind_of_branch_counts() {
        assert_eq!(ways("if a { b() }"), 2);
        assert_eq!(ways("if a { b() } else if c { d() } else { e() }"), 3);
        assert_eq!(ways("while a { b() } for c in d {}"), 3);
        assert_eq!(ways("match a { 1 => b, 2 => c, _ => d }"), 3);
        assert_eq!(ways("match a { 1 if b => c, _ => d }"), 3);
        assert_eq!(ways("a && b || c"), 3);
        assert_eq!(ways("a.map(|b| if b { c } else { d })"), 2);
    }

    #[test]
    fn a_complex_function_is_found_with_its_line_and_the_one_inside_it_by_itself() {
        let text = format!(
            "\nimpl A {{\n fn outer(&self) {{ fn inner() {{ if a {{}} }} {} }}\n}}",
            "if a {}".repeat(10)
        );
        let measured = measure(&text).unwrap();
        let outer = measured.functions.iter().find(|function| function.name == "outer").unwrap();
        let inner = measured.functions.iter().find(|function| function.name == "inner").unwrap();
        assert_eq!((outer.ways, outer.line), (11, 3));
        assert_eq!(inner.ways, 2);
    }

    #[test]
    fn a_long_function_in_a_file_fails_the_check() {
        let folder = tempfile::tempdir().unwrap();
        let source = folder.path().join("crates/a/src");
        std::fs::create_dir_all(&source).unwrap();
        std::fs::write(source.join("lib.rs"), "fn fine() {}\n").unwrap();
        run(folder.path()).unwrap();
        std::fs::write(source.join("lib.rs"), format!("fn f() {{ {} }}", "if a {}".repeat(10))).unwrap();
        assert!(run(folder.path()).unwrap_err().to_string().starts_with("1 above the limit"));
    }

    #[test]
    fn tests_do_not_count_towards_the_length_of_a_file() {
        let tests = "#[cfg(test)]\nmod tests {\n    fn a() {}\n}\n";
        assert_eq!(measure(&format!("fn b() {{}}\n{tests}")).unwrap().lines, 1);
        assert!(report_length("a.rs", 501));
        assert!(!report_length("a.rs", 500));
    }
}
