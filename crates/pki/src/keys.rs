//! Keys in a folder: what one machine without a key service uses. Files are 0600 in a folder of 0700.

use std::collections::HashMap;
use std::fs::{DirBuilder, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use dd0c_types::{TenantId, Timestamp};

use crate::grant::Signer;
use crate::tls::TenantTrust;
use crate::{Authority, PkiError};

/// The gateway's authority, the tenants' authorities and the key that signs grants, each made at first use.
pub struct KeyDirectory {
    folder: PathBuf,
    gateway: Authority,
    grants: Arc<Signer>,
    tenants: Mutex<HashMap<TenantId, Arc<Authority>>>,
    trust: Arc<TenantTrust>,
}

impl KeyDirectory {
    /// Opens `folder`, makes what is missing, and trusts the authorities of the tenants whose keys lie there.
    pub fn open(folder: impl Into<PathBuf>, now: Timestamp) -> Result<Self, PkiError> {
        let folder = folder.into();
        make_folder(&folder)?;
        make_folder(&folder.join("tenants"))?;
        let gateway = authority(&folder.join("gateway"), || Authority::for_gateway(now))?;
        let grants =
            Signer::from_pem(&read_or_make(&folder.join("grants.key"), || Signer::generate()?.to_pem())?)?;
        let keys = Self {
            folder,
            gateway,
            grants: Arc::new(grants),
            tenants: Mutex::default(),
            trust: Arc::default(),
        };
        for tenant in keys.stored_tenants()? {
            keys.tenant(tenant, now)?;
        }
        Ok(keys)
    }

    /// The gateway's authority; agents pin its certificate.
    pub const fn gateway(&self) -> &Authority {
        &self.gateway
    }

    /// The key that signs grants.
    pub fn grants(&self) -> Arc<Signer> {
        Arc::clone(&self.grants)
    }

    /// What the gateway's TLS trusts; it grows with every tenant that is asked for here.
    pub fn trust(&self) -> Arc<TenantTrust> {
        Arc::clone(&self.trust)
    }

    /// The authority of a tenant, made and trusted at first use.
    pub fn tenant(&self, tenant: TenantId, now: Timestamp) -> Result<Arc<Authority>, PkiError> {
        let mut tenants = self.tenants.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = tenants.get(&tenant) {
            return Ok(Arc::clone(known));
        }
        let stem = self.folder.join("tenants").join(tenant.uuid().to_string());
        let made = Arc::new(authority(&stem, || Authority::for_tenant(tenant, now))?);
        self.trust.trust(tenant, made.certificate_pem())?;
        tenants.insert(tenant, Arc::clone(&made));
        Ok(made)
    }

    fn stored_tenants(&self) -> Result<Vec<TenantId>, PkiError> {
        let folder = self.folder.join("tenants");
        let entries = std::fs::read_dir(&folder).map_err(|source| file(&folder, source))?;
        let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        Ok(names
            .filter_map(|name| name.strip_suffix(".pem").and_then(|stem| uuid::Uuid::try_parse(stem).ok()))
            .map(TenantId::from_uuid)
            .collect())
    }
}

/// Key and certificate are one file, so that a crash between two writes cannot part them.
fn authority(stem: &Path, make: impl FnOnce() -> Result<Authority, PkiError>) -> Result<Authority, PkiError> {
    let text = read_or_make(&stem.with_extension("pem"), || {
        let made = make()?;
        Ok(format!("{}{}", made.key_pem(), made.certificate_pem()))
    })?;
    let border = text.find("-----BEGIN CERTIFICATE").ok_or(PkiError::Pem("authority's file"))?;
    let (key, certificate) = text.split_at(border);
    Authority::from_pem(certificate, key)
}

fn read_or_make(path: &Path, make: impl FnOnce() -> Result<String, PkiError>) -> Result<String, PkiError> {
    match std::fs::read_to_string(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let text = make()?;
            write_secret(path, text.as_bytes()).map_err(|source| file(path, source))?;
            Ok(text)
        }
        other => other.map_err(|source| file(path, source)),
    }
}

/// Writes a file of mode 0600 whole or not at all, and flushes it to the disk.
pub fn write_secret(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut draft = path.as_os_str().to_owned();
    draft.push(format!(".{}", uuid::Uuid::new_v4().simple()));
    let draft = PathBuf::from(draft);
    let mut out = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft)?;
    out.write_all(bytes)?;
    out.sync_all()?;
    std::fs::rename(&draft, path)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::File::open(folder)?.sync_all()
}

fn make_folder(folder: &Path) -> Result<(), PkiError> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(|source| file(folder, source))
}

fn file(path: &Path, source: std::io::Error) -> PkiError {
    PkiError::File { path: path.display().to_string(), source }
}
