//! One holder a folder: a lock that the system releases when its process dies, with the holder's name in it.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;

use crate::error::Error;

/// The right to run the cluster of one folder. Given back when dropped or when the process dies.
#[derive(Debug)]
pub(crate) struct Holder {
    _lock: File,
}

impl Holder {
    /// Takes the folder, or says who has it.
    pub(crate) fn take(data_dir: &Path) -> Result<Self, Error> {
        let path = data_dir.join("holder.lock");
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(Error::file("open", &path))?;
        match file.try_lock() {
            Ok(()) => {
                sign(&mut file).map_err(Error::file("write", &path))?;
                Ok(Self { _lock: file })
            }
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                file.read_to_string(&mut holder).map_err(Error::file("read", &path))?;
                Err(Error::Held { data_dir: data_dir.to_owned(), holder: holder.trim().to_owned() })
            }
            Err(TryLockError::Error(source)) => Err(Error::file("lock", &path)(source)),
        }
    }
}

fn sign(file: &mut File) -> std::io::Result<()> {
    let program = std::env::current_exe()?;
    let name = program.file_name().unwrap_or_default().to_string_lossy().into_owned();
    file.set_len(0)?;
    file.rewind()?;
    writeln!(file, "{name} (process {})", std::process::id())
}
