//! Sums of plain numbers: `$((1 + 2 * 3))`. Whatever holds a name, an assignment or a rarer operator is not worked out.

/// Deepest nesting of parentheses and signs that is followed.
const DEEPEST: usize = 16;

/// The value of `$((…))`, when it is certain.
pub(crate) fn value(source: &str) -> Option<i64> {
    let inside = source.strip_prefix("$((")?.strip_suffix("))")?;
    if !inside.bytes().all(|byte| byte.is_ascii_digit() || b" \t+-*/%()".contains(&byte)) {
        return None;
    }
    let mut sum = Sum { rest: inside, depth: 0 };
    let value = sum.terms()?;
    (sum.peek().is_none()).then_some(value)
}

struct Sum<'a> {
    rest: &'a str,
    depth: usize,
}

impl Sum<'_> {
    fn peek(&mut self) -> Option<char> {
        self.rest = self.rest.trim_start_matches([' ', '\t']);
        self.rest.chars().next()
    }

    /// Takes one of these; `++`, `--` and `**` mean other things.
    fn take(&mut self, wanted: &[char]) -> Option<char> {
        let c = self.peek().filter(|c| wanted.contains(c))?;
        self.rest = &self.rest[1..];
        (matches!(c, '(' | ')') || !self.rest.starts_with(c)).then_some(c)
    }

    fn terms(&mut self) -> Option<i64> {
        let mut value = self.factors()?;
        while matches!(self.peek(), Some('+' | '-')) {
            let operator = self.take(&['+', '-'])?;
            let next = self.factors()?;
            value = if operator == '+' { value.checked_add(next)? } else { value.checked_sub(next)? };
        }
        Some(value)
    }

    fn factors(&mut self) -> Option<i64> {
        let mut value = self.atom()?;
        while matches!(self.peek(), Some('*' | '/' | '%')) {
            let operator = self.take(&['*', '/', '%'])?;
            let next = self.atom()?;
            value = match operator {
                '*' => value.checked_mul(next)?,
                '/' => value.checked_div(next)?,
                _ => value.checked_rem(next)?,
            };
        }
        Some(value)
    }

    fn atom(&mut self) -> Option<i64> {
        self.depth += 1;
        let first = self.peek().filter(|_| self.depth < DEEPEST)?;
        let value = match first {
            '(' => {
                self.take(&['('])?;
                let value = self.terms()?;
                self.take(&[')'])?;
                value
            }
            '-' => {
                self.take(&['-'])?;
                self.atom()?.checked_neg()?
            }
            c if c.is_ascii_digit() => self.number()?,
            _ => return None,
        };
        self.depth -= 1;
        Some(value)
    }

    /// A number. One that starts with 0 counts in eights: it is left alone.
    fn number(&mut self) -> Option<i64> {
        let length = self.rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(self.rest.len());
        let (digits, rest) = self.rest.split_at(length);
        self.rest = rest;
        if digits.len() > 1 && digits.starts_with('0') {
            return None;
        }
        digits.parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::value;

    #[test]
    fn sums_of_numbers_are_worked_out_and_nothing_else_is() {
        assert_eq!(value("$((1 + 2 * 3))"), Some(7));
        assert_eq!(value("$(( (8 - 2) / -3 % 5 ))"), Some(-2));
        for source in [
            "$((x))",
            "$((1++2))",
            "$((2**3))",
            "$((010))",
            "$((1/0))",
            "$(())",
            "$((1 2))",
            "$(((1))",
            "$((1<2))",
        ] {
            assert_eq!(value(source), None, "{source}");
        }
        assert_eq!(value(&format!("$(({}1))", "-(".repeat(3_000))), None);
    }
}
