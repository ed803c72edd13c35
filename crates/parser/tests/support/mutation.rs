//! Changes to pages, drawn from a seed: pieces are cut, doubled, moved, joined with those of another page, and
//! mixed with signs of every format.

/// A source of numbers that gives the same ones for the same seed (xorshift64*).
pub(crate) struct Draw(u64);

impl Draw {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// A number below `bound`.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let high = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33;
        usize::try_from(high).unwrap_or(0) % bound.max(1)
    }
}

#[rustfmt::skip]
const SIGNS: &[&str] = &[
    "```", "```bash\n", "~~~", "\n\n", "\n", "    ", "\t", "- ", "1. ", "#. ", "* ", "# ", "== ", "----\n", "....\n", "====\n", "|===\n", "| a | b |\n|---|---|\n",
    "[source,bash]\n", "+\n", ".. code-block:: console\n\n   ", "::\n\n  ", "+---+---+\n", "=== ===\n", "<pre>", "</pre>", "<p>", "<li>", "<ol start=\"9\">", "</ol>", "<code>", "</code>",
    "<span style='font-family:Consolas'>", "</span>", "<p style='mso-list:l0 level1'>", "<![CDATA[", "]]>", "<ac:structured-macro ac:name=\"code\">", "<ac:plain-text-body>",
    "&lt;", "&amp;", "&#x26;", "&nbsp;", "<!--", "-->", "$ ", "# ", "> ", "db=> ", "SQL> ", "  2  ", "router(config)# ", "PS C:\\> ", "user@host:~$ ", ">>> ",
    "cat <<EOF\n", "EOF\n", "for i in 1; do\n", "done\n", "\\\n", "'", "\"", "`", "$(", ")", "${X}", "<x>", "{{ y }}", "[Z_Z]", "\u{a0}", "\u{200b}", "“", "é", "运行", "を実行します", "。", "：",
    "If it fails, go to step 2. ", "Otherwise, ", "Make sure you are on the VPN. ", "SELECT 1;", "kubectl get ns\n", "---\n", "+++\n", "{% raw %}", "<%= x %>", "\r\n", "\u{feff}",
];

/// A page made of one or two others.
pub(crate) fn mutant(pages: &[String], draw: &mut Draw) -> String {
    let mut text = pages[draw.below(pages.len())].clone();
    for _ in 0..=draw.below(6) {
        text = change(&text, &pages[draw.below(pages.len())], draw);
        text.truncate(text.floor_char_boundary(24 * 1024));
    }
    text
}

fn change(text: &str, other: &str, draw: &mut Draw) -> String {
    let (from, to) = stretch(text, draw);
    match draw.below(5) {
        0 => format!("{}{}", &text[..from], &text[to..]),
        1 => format!("{}{}{}", &text[..to], &text[from..to], &text[to..]),
        2 => {
            let (start, end) = stretch(other, draw);
            format!("{}{}{}", &text[..from], &other[start..end], &text[to..])
        }
        3 => format!("{}{}{}", &text[..to], SIGNS[draw.below(SIGNS.len())], &text[to..]),
        _ => format!("{}{}{}", &text[..from], SIGNS[draw.below(SIGNS.len())], &text[to..]),
    }
}

fn stretch(text: &str, draw: &mut Draw) -> (usize, usize) {
    let from = text.floor_char_boundary(draw.below(text.len() + 1));
    let to = text.ceil_char_boundary((from + draw.below(200)).min(text.len()));
    (from, to)
}
