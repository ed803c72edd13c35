use super::*;

fn attempt(number: u128) -> AttemptId {
    AttemptId::from_uuid(uuid::Uuid::from_u128(number))
}

fn accepted(number: u128, fence: u64) -> Record {
    Record::Accepted {
        attempt: attempt(number),
        execution: ExecutionId::from_uuid(uuid::Uuid::from_u128(1)),
        fence,
        intent_sha256: "00".into(),
        unix_ms: 5,
    }
}

fn folder() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    (folder, path)
}

#[test]
fn what_was_written_is_known_after_opening_again() {
    let (_folder, path) = folder();
    let mut journal = Journal::open(&path).unwrap();
    journal.append(accepted(1, 7)).unwrap();
    journal.append(Record::Tombstone { attempt: attempt(2) }).unwrap();
    assert!(matches!(Journal::open(&path), Err(JournalError::InUse(_))), "one agent at a time");
    drop(journal);
    let journal = Journal::open(&path).unwrap();
    assert_eq!(journal.state(attempt(1)), Some(&AttemptState::Accepted));
    assert_eq!(journal.state(attempt(2)), Some(&AttemptState::Tombstoned));
    assert_eq!(journal.fence(ExecutionId::from_uuid(uuid::Uuid::from_u128(1))), 7);
    assert_eq!(journal.generation(), 2);
}

#[test]
fn a_torn_last_line_is_dropped_at_every_length_and_the_rest_is_kept() {
    let (_folder, path) = folder();
    let mut journal = Journal::open(&path).unwrap();
    journal.append(accepted(1, 1)).unwrap();
    let first = journal.length;
    journal.append(accepted(2, 1)).unwrap();
    drop(journal);
    let whole = std::fs::read(&path).unwrap();
    for cut in usize::try_from(first).unwrap()..whole.len() {
        std::fs::write(&path, &whole[..cut]).unwrap();
        let mut journal = Journal::open(&path).unwrap();
        assert!(journal.state(attempt(1)).is_some());
        // Only the line feed missing: the record is whole and counts.
        assert_eq!(journal.state(attempt(2)).is_some(), cut == whole.len() - 1, "cut at {cut}");
        journal.append(accepted(3, 1)).unwrap();
        drop(journal);
        assert!(Journal::open(&path).unwrap().state(attempt(3)).is_some());
    }
}

#[test]
fn a_flipped_bit_anywhere_in_an_earlier_record_closes_the_journal() {
    let (_folder, path) = folder();
    let mut journal = Journal::open(&path).unwrap();
    journal.append(accepted(1, 1)).unwrap();
    let first = usize::try_from(journal.length).unwrap();
    journal.append(accepted(2, 1)).unwrap();
    drop(journal);
    let whole = std::fs::read(&path).unwrap();
    for index in 0..first {
        let mut bytes = whole.clone();
        bytes[index] ^= 1;
        std::fs::write(&path, &bytes).unwrap();
        assert!(matches!(Journal::open(&path), Err(JournalError::Corrupt { .. })), "byte {index}");
    }
    let without_first = whole[first..].to_vec();
    std::fs::write(&path, without_first).unwrap();
    assert!(matches!(Journal::open(&path), Err(JournalError::Corrupt { .. })), "a missing record");
}

#[test]
fn after_a_recovery_what_checks_is_kept_and_older_attempts_stay_doubtful() {
    let (_folder, path) = folder();
    let mut journal = Journal::open(&path).unwrap();
    journal.append(accepted(1, 1)).unwrap();
    let first = usize::try_from(journal.length).unwrap();
    journal.append(accepted(2, 4)).unwrap();
    drop(journal);
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[first - 3] ^= 1;
    std::fs::write(&path, &bytes).unwrap();
    let now = 1_700_000_000_000_i64;
    let aside = recover(&path, now).unwrap();
    assert_eq!(std::fs::read(aside).unwrap(), bytes, "nothing is thrown away");
    let journal = Journal::open(&path).unwrap();
    assert!(journal.generation() > 2, "the generation never goes back");
    assert!(journal.state(attempt(1)).is_none());
    assert!(journal.may_be_forgotten(attempt(1)));
    assert!(!journal.may_be_forgotten(attempt(2)), "it is known");
    let at = |ms: u64| {
        let stamp = uuid::Timestamp::from_unix(uuid::NoContext, ms / 1000, 0);
        AttemptId::from_uuid(uuid::Uuid::new_v7(stamp))
    };
    assert!(journal.may_be_forgotten(at(1_699_999_999_000)));
    assert!(!journal.may_be_forgotten(at(1_700_000_600_000)));
}

#[test]
fn a_result_reads_back_as_it_was_written() {
    let (_folder, path) = folder();
    let mut journal = Journal::open(&path).unwrap();
    let result = StepResult {
        attempt_id: attempt(1).to_string(),
        exit_code: 3,
        stdout_sha256: "ab".into(),
        ..StepResult::default()
    };
    journal.append(accepted(1, 1)).unwrap();
    let record = Record::Finished { attempt: attempt(1), result: hex::encode(result.encode_to_vec()) };
    journal.append_at_any_price(record).unwrap();
    drop(journal);
    let journal = Journal::open(&path).unwrap();
    assert_eq!(journal.state(attempt(1)), Some(&AttemptState::Finished(Box::new(result))));
}
