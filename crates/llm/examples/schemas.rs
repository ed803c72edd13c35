//! Writes the schemas of the answers beside the prompts, as the types say.

use dd0c_llm::prompt::strict_schema;

fn main() -> std::io::Result<()> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("prompts");
    let schemas = [
        ("labels-v1.schema.json", strict_schema::<dd0c_llm::labels::LabelAnswer>()),
        ("review-v1.schema.json", strict_schema::<dd0c_llm::review::ReviewAnswer>()),
    ];
    for (name, schema) in schemas {
        std::fs::write(folder.join(name), format!("{schema:#}\n"))?;
    }
    Ok(())
}
