//! A call as a set of hashed features: program, verb path, flags, words, shapes of operands, pieces of words.

use crate::call::Call;
use crate::hash::Hash;

/// Weights are 2 to the power of this.
pub const BITS: u32 = 18;
/// Most features of one call that are looked at.
const MOST: usize = 400;

/// The buckets of a call's features, each once, in order.
pub fn features(call: &Call) -> Vec<u32> {
    let mut made = Made { buckets: Vec::with_capacity(64) };
    let path = call.path.join(" ");
    made.program(&call.program);
    made.verbs(call, &path);
    for flag in &call.flags {
        made.flag(call, &path, flag);
    }
    made.operands(call, &path);
    made.buckets.sort_unstable();
    made.buckets.dedup();
    made.buckets
}

struct Made {
    buckets: Vec<u32>,
}

impl Made {
    fn add(&mut self, kind: &str, fields: &[&str]) {
        if self.buckets.len() < MOST {
            let hash = fields.iter().fold(Hash::of(kind), |hash, field| hash.and(field));
            self.buckets.push(hash.bucket(BITS));
        }
    }

    fn program(&mut self, name: &str) {
        self.add("program", &[name]);
        for piece in pieces(name) {
            self.add("program piece", &[piece]);
        }
        for length in [3, 4, 5] {
            if let (Some(start), Some(end)) =
                (name.get(..length), name.len().checked_sub(length).and_then(|at| name.get(at..)))
            {
                self.add("program start", &[start]);
                self.add("program end", &[end]);
            }
        }
    }

    fn verbs(&mut self, call: &Call, path: &str) {
        self.add("path", &[&call.program, path]);
        for (at, verb) in call.path.iter().enumerate() {
            let place = ["first", "second", "third"][at.min(2)];
            self.add("prefix", &[&call.program, &call.path[..=at].join(" ")]);
            self.add("verb", &[verb]);
            self.add("verb at", &[place, verb]);
            self.pieces(verb);
            for length in [3, 4] {
                self.add("verb start", &[verb.get(..length).unwrap_or(verb)]);
            }
        }
        if let Some(last) = call.path.last() {
            self.add("last verb", &[last]);
        }
    }

    fn pieces(&mut self, verb: &str) {
        for (number, piece) in pieces(verb).enumerate() {
            self.add("verb piece", &[piece]);
            self.add("piece at", &[if number == 0 { "start" } else { "later" }, piece]);
        }
    }

    fn flag(&mut self, call: &Call, path: &str, flag: &str) {
        self.add("flag of program", &[&call.program, flag]);
        self.add("flag of path", &[&call.program, path, flag]);
        if flag.starts_with("--") || flag.len() > 3 {
            self.add("flag", &[flag]);
            for piece in pieces(flag) {
                self.add("flag piece", &[piece]);
            }
        }
    }

    fn operands(&mut self, call: &Call, path: &str) {
        let count = ["0", "1", "2", "3"][call.operands.len().min(3)];
        let flags = ["0", "1", "2", "3"][call.flags.len().min(3)];
        self.add("operand count", &[count]);
        self.add("operands of path", &[&call.program, path, count]);
        self.add("shape", &[&call.program, path, count, flags]);
        for word in &call.words {
            self.pieces(word);
        }
        for class in &call.operands {
            self.add("operand", &[class]);
            self.add("operand of path", &[&call.program, path, class]);
        }
    }
}

fn pieces(word: &str) -> impl Iterator<Item = &str> {
    word.split(|c: char| !c.is_ascii_alphanumeric()).filter(|piece| piece.len() > 1)
}
