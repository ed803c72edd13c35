//! Vectors without a model: every word has a place among 64 numbers, and a test says which words mean the same.

use crate::model::{Asked, Reply};

/// The numbers of a vector.
const NUMBERS: usize = 64;

/// The vectors of the texts that were asked about.
pub fn answer(asked: &Asked, synonyms: &[(&str, &str)]) -> Reply {
    Reply::Vectors(asked.texts().into_iter().map(|text| vector(text, synonyms)).collect())
}

/// The vector of a text, of length 1: the same for the same words in any order. A word that is the first of a pair
/// counts as the second one, which is written in lower case. Two texts without a common meaning are hardly alike.
pub fn vector(text: &str, synonyms: &[(&str, &str)]) -> Vec<f32> {
    let mut vector = vec![0.0_f32; NUMBERS];
    let text = text.to_lowercase();
    for word in text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
        let meaning = synonyms.iter().find(|(one, _)| *one == word).map_or(word, |(_, meaning)| *meaning);
        let hash = hash(meaning);
        // A sign of its own keeps two words that share a place from always adding up.
        let sign = if hash & 0x8000_0000 == 0 { 1.0 } else { -1.0 };
        vector[hash as usize % NUMBERS] += sign;
    }
    let length = vector.iter().map(|number| number * number).sum::<f32>().sqrt();
    if length == 0.0 {
        vector[0] = 1.0;
        return vector;
    }
    vector.iter().map(|number| number / length).collect()
}

/// FNV-1a.
fn hash(word: &str) -> u32 {
    word.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

#[cfg(test)]
mod tests {
    use super::vector;

    #[test]
    fn what_means_the_same_is_alike_and_what_does_not_is_not() {
        let synonyms = [("volume", "disk"), ("exhausted", "full")];
        let alike = |one: &str, other: &str| -> f32 {
            vector(one, &synonyms).iter().zip(vector(other, &synonyms)).map(|(one, other)| one * other).sum()
        };
        assert!(alike("Volume exhausted", "disk full") > 0.99);
        assert!(alike("full disk", "disk full") > 0.99);
        assert!(alike("Volume exhausted", "rotate certificates") < 0.5);
        assert!(vector("", &[]).iter().any(|number| *number != 0.0), "no text has a vector of zeros");
    }
}
