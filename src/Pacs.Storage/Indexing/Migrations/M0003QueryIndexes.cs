using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Pacs.Storage.Indexing.Migrations;

/// <summary>What makes everyday queries independent of the archive's size.</summary>
/// <remarks>
/// Studies carry a copy of their patient's folded name: the newest 25 studies of a common name are then found by walking
/// studies alone, not by looking up thousands of patients. Triggers keep it, so that no writer can forget.
/// </remarks>
[DbContext(typeof(PacsDbContext))]
[Migration("20261121083000_QueryIndexes")]
internal sealed class M0003QueryIndexes : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql(
        """
        CREATE INDEX series_modality ON series (modality, study_key);

        ALTER TABLE studies ADD patient_name_key text COLLATE "C" NOT NULL DEFAULT '';
        UPDATE studies s SET patient_name_key = p.name_key FROM patients p WHERE p.id = s.patient_key;
        CREATE INDEX studies_name_alphabetic ON studies (split_part(patient_name_key, '=', 1));
        CREATE INDEX studies_name_ideographic ON studies (split_part(patient_name_key, '=', 2)) WHERE split_part(patient_name_key, '=', 2) <> '';
        CREATE INDEX studies_name_phonetic ON studies (split_part(patient_name_key, '=', 3)) WHERE split_part(patient_name_key, '=', 3) <> '';
        CREATE INDEX studies_name_trigrams ON studies USING gin (
            split_part(patient_name_key, '=', 1) gin_trgm_ops, split_part(patient_name_key, '=', 2) gin_trgm_ops, split_part(patient_name_key, '=', 3) gin_trgm_ops);

        CREATE FUNCTION take_patient_name() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            SELECT name_key INTO NEW.patient_name_key FROM patients WHERE id = NEW.patient_key;
            RETURN NEW;
        END $$;
        CREATE TRIGGER take_patient_name BEFORE INSERT OR UPDATE OF patient_key ON studies FOR EACH ROW EXECUTE FUNCTION take_patient_name();

        CREATE FUNCTION give_patient_name() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            UPDATE studies SET patient_name_key = NEW.name_key WHERE patient_key = NEW.id;
            RETURN NULL;
        END $$;
        CREATE TRIGGER give_patient_name AFTER UPDATE OF name_key ON patients FOR EACH ROW WHEN (OLD.name_key <> NEW.name_key) EXECUTE FUNCTION give_patient_name();
        """);
}
