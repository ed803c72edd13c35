//! Turns texts into vectors: what is sent, and how strictly the answer is read.

use sha2::{Digest, Sha256};
use tokio::time::Instant;

use crate::client::Route;
use crate::exchange::{Asked, Heard, RouteError, Sending, not_of_the_protocol, tokens};
use crate::mask::masked;
use crate::wire::{EmbeddingsRequest, EmbeddingsResponse, WireUsage};

/// Most bytes of a text that are sent: some 400 tokens, which also a model of 512 takes in whole.
pub const PASSAGE_BYTES: usize = 1_500;
/// Longest vector.
const NUMBERS: usize = 8_192;
/// Most bytes of an answer that are read: 64 vectors of 8,192 numbers with 31 bytes each fit.
const ANSWER_BYTES: usize = 16 * 1024 * 1024;

/// A text as it is sent: secrets that can be recognised are replaced, then it is cut to [`PASSAGE_BYTES`]. There is no
/// other way to make one. No `Debug`: it may hold commands.
#[derive(Clone, PartialEq, Eq)]
pub struct Passage(String);

impl Passage {
    /// The passage of a text.
    pub fn of(text: &str) -> Self {
        // Masked first: a secret that is cut in two is not recognised any more.
        let mut text = masked(text);
        text.truncate(text.floor_char_boundary(PASSAGE_BYTES));
        Self(text)
    }

    /// What is sent.
    pub fn text(&self) -> &str {
        &self.0
    }

    /// SHA-256 of what is sent.
    pub fn sha256(&self) -> [u8; 32] {
        Sha256::digest(self.0.as_bytes()).into()
    }
}

impl Route {
    /// The vectors of `passages` by `model`, in their order, until `deadline`; with one more try when the first fails
    /// early enough. All are of one length between 1 and 8,192. No passages are no question.
    ///
    /// # Errors
    /// [`RouteError`] of the last try: all vectors, or none. An answer above 16 MiB is refused; 64 passages fit whatever
    /// the length of their vectors.
    pub async fn embed(
        &self,
        model: &str,
        passages: &[Passage],
        deadline: Instant,
    ) -> (Asked, Result<Vec<Vec<f32>>, RouteError>) {
        if passages.is_empty() {
            return (Asked::default(), Ok(Vec::new()));
        }
        let body = EmbeddingsRequest { model, input: passages.iter().map(Passage::text).collect() };
        let sending = Sending {
            model,
            purpose: "vectors",
            to: &self.embeddings,
            body: &body,
            tokens: tokens(passages.iter().map(|passage| passage.0.len()).sum()),
            answer_bytes: ANSWER_BYTES,
        };
        self.exchange.ask(&sending, deadline, |bytes| heard(bytes, passages.len())).await
    }
}

fn heard(bytes: &[u8], count: usize) -> Result<Heard<Vec<Vec<f32>>>, RouteError> {
    let response: EmbeddingsResponse =
        serde_json::from_slice(bytes).map_err(|error| not_of_the_protocol("embeddings", &error))?;
    let usage = response.usage.map(|usage| WireUsage { completion_tokens: 0, ..usage });
    Ok(Heard { usage, tokens: 0, answer: read(response, count) })
}

/// All vectors in the order of the texts, or why the answer is of no use.
fn read(response: EmbeddingsResponse, count: usize) -> Result<Vec<Vec<f32>>, String> {
    if response.data.len() != count {
        return Err(format!("{} vectors for {count} texts", response.data.len()));
    }
    let length = response.data.first().map_or(0, |first| first.embedding.len());
    if !(1..=NUMBERS).contains(&length) {
        return Err(format!("vectors of {length} numbers"));
    }
    let mut vectors = vec![Vec::new(); count];
    for one in response.data {
        let place = vectors.get_mut(one.index).filter(|place| place.is_empty());
        let place = place.ok_or("a vector of no text, or two of one")?;
        is_vector(&one.embedding, length)?;
        *place = one.embedding;
    }
    Ok(vectors)
}

fn is_vector(vector: &[f32], length: usize) -> Result<(), String> {
    if vector.len() != length {
        return Err("vectors of different lengths".to_owned());
    }
    if !vector.iter().all(|number| number.is_finite()) {
        return Err("a number that is not finite".to_owned());
    }
    if vector.iter().all(|number| *number == 0.0) {
        return Err("a vector of zeros".to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn answer(data: Value, count: usize) -> Result<Vec<Vec<f32>>, String> {
        heard(json!({"data": data}).to_string().as_bytes(), count)
            .map_err(|error| error.to_string())
            .and_then(|heard| heard.answer)
    }

    #[test]
    fn vectors_come_in_the_order_of_the_texts_whatever_the_order_of_the_answer() {
        let data =
            json!([{"index": 1, "embedding": [0, 2.5]}, {"index": 0, "embedding": [-1, 0], "object": "x"}]);
        assert_eq!(answer(data, 2), Ok(vec![vec![-1.0, 0.0], vec![0.0, 2.5]]));
    }

    #[test]
    fn an_answer_is_taken_whole_or_not_at_all() {
        let one = |embedding: Value| json!([{"index": 0, "embedding": embedding}]);
        let two = |first: usize, second: Value| json!([{"index": first, "embedding": [1]}, second]);
        let long: Vec<f32> = vec![1.0; NUMBERS + 1];
        for (data, count) in [
            (json!([]), 1),
            (one(json!([1])), 2),
            (two(0, json!({"index": 1, "embedding": [1]})), 1),
            (two(0, json!({"index": 0, "embedding": [1]})), 2),
            (two(0, json!({"index": 2, "embedding": [1]})), 2),
            (two(0, json!({"index": 1, "embedding": [1, 2]})), 2),
            (two(0, json!({"index": -1, "embedding": [1]})), 2),
            (two(0, json!({"embedding": [1]})), 2),
            (one(json!([])), 1),
            (one(json!(long)), 1),
            (one(json!([0, 0.0])), 1),
            (one(json!([1e39])), 1),
            (one(json!([1, null])), 1),
            (one(json!(["1"])), 1),
            (one(json!("AACAPw==")), 1),
        ] {
            assert!(answer(data.clone(), count).is_err(), "{data}");
        }
        assert!(answer(one(json!(vec![1.0; NUMBERS])), 1).is_ok());
        for bytes in [r#"{"data": [{"index": 0, "embedding": [NaN]}]}"#, "{}", "", r#"{"error": "no"}"#] {
            assert!(heard(bytes.as_bytes(), 1).is_err(), "{bytes}");
        }
    }

    #[test]
    fn what_was_sent_is_counted_as_the_endpoint_counts_it_and_nothing_counts_as_received() {
        let body = json!({"data": [{"index": 0, "embedding": [1]}],
            "usage": {"prompt_tokens": 8, "completion_tokens": 5, "total_tokens": 8}});
        let usage = heard(body.to_string().as_bytes(), 1).ok().and_then(|heard| heard.usage).unwrap();
        assert_eq!((usage.prompt_tokens, usage.completion_tokens), (8, 0));
    }

    #[test]
    fn a_secret_at_the_cut_is_replaced_before_anything_is_cut() {
        let secret = "AKIAIOSFODNN7ABCDEFG";
        for before in PASSAGE_BYTES - 25..PASSAGE_BYTES + 1 {
            let passage = Passage::of(&format!("{} {secret} after", "ä".repeat(before / 2)));
            assert!(passage.text().len() <= PASSAGE_BYTES && !passage.text().contains("AKIA"), "{before}");
        }
        assert_ne!(Passage::of("a").sha256(), Passage::of("b").sha256());
    }
}
