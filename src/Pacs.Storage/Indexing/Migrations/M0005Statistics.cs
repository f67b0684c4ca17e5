using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Pacs.Storage.Indexing.Migrations;

/// <summary>What the archive holds, counted as it changes.</summary>
/// <remarks>
/// Every statement that adds or removes rows appends what it changed; the sum of all rows is the state. No row is ever
/// updated, so writers do not wait for each other. Now and then a writer folds a few hundred rows into one.
/// </remarks>
[DbContext(typeof(PacsDbContext))]
[Migration("20261121080004_Statistics")]
internal sealed class M0005Statistics : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql(
        """
        CREATE TABLE statistics_changes (
            modality text COLLATE "C" NOT NULL DEFAULT '',
            patients bigint NOT NULL DEFAULT 0,
            studies bigint NOT NULL DEFAULT 0,
            series bigint NOT NULL DEFAULT 0,
            instances bigint NOT NULL DEFAULT 0,
            bytes bigint NOT NULL DEFAULT 0
        );

        INSERT INTO statistics_changes (patients) SELECT count(*) FROM patients;
        INSERT INTO statistics_changes (studies) SELECT count(*) FROM studies;
        INSERT INTO statistics_changes (modality, series) SELECT modality, count(*) FROM series GROUP BY modality;
        INSERT INTO statistics_changes (modality, instances, bytes)
            SELECT s.modality, count(*), sum(i.blob_length) FROM instances i JOIN series s ON s.id = i.series_key GROUP BY s.modality;

        CREATE FUNCTION count_patients() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            INSERT INTO statistics_changes (patients) SELECT count(*) * TG_ARGV[0]::int FROM changed HAVING count(*) > 0;
            RETURN NULL;
        END $$;
        CREATE FUNCTION count_studies() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            INSERT INTO statistics_changes (studies) SELECT count(*) * TG_ARGV[0]::int FROM changed HAVING count(*) > 0;
            RETURN NULL;
        END $$;
        CREATE FUNCTION count_series() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            INSERT INTO statistics_changes (modality, series) SELECT modality, count(*) * TG_ARGV[0]::int FROM changed GROUP BY modality;
            RETURN NULL;
        END $$;
        CREATE FUNCTION count_instances() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            INSERT INTO statistics_changes (modality, instances, bytes)
                SELECT s.modality, count(*) * TG_ARGV[0]::int, sum(c.blob_length) * TG_ARGV[0]::int
                FROM changed c JOIN series s ON s.id = c.series_key GROUP BY s.modality;
            IF random() < 0.01 THEN
                WITH taken AS (
                    DELETE FROM statistics_changes
                    WHERE ctid = ANY (ARRAY(SELECT ctid FROM statistics_changes LIMIT 400 FOR UPDATE SKIP LOCKED)) RETURNING *)
                INSERT INTO statistics_changes
                    SELECT modality, sum(patients), sum(studies), sum(series), sum(instances), sum(bytes) FROM taken GROUP BY modality;
            END IF;
            RETURN NULL;
        END $$;
        CREATE FUNCTION count_replaced_instance() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            INSERT INTO statistics_changes (modality, bytes)
                SELECT modality, NEW.blob_length - OLD.blob_length FROM series WHERE id = NEW.series_key;
            RETURN NULL;
        END $$;
        CREATE FUNCTION count_changed_modality() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            INSERT INTO statistics_changes (modality, series, instances, bytes)
                SELECT m.modality, m.sign, m.sign * count(i.id), m.sign * coalesce(sum(i.blob_length), 0)
                FROM (VALUES (OLD.modality, -1), (NEW.modality, 1)) m (modality, sign) LEFT JOIN instances i ON i.series_key = NEW.id
                GROUP BY m.modality, m.sign;
            RETURN NULL;
        END $$;
        CREATE FUNCTION count_nothing() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            TRUNCATE statistics_changes;
            RETURN NULL;
        END $$;

        CREATE TRIGGER added AFTER INSERT ON patients REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION count_patients('1');
        CREATE TRIGGER removed AFTER DELETE ON patients REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION count_patients('-1');
        CREATE TRIGGER added AFTER INSERT ON studies REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION count_studies('1');
        CREATE TRIGGER removed AFTER DELETE ON studies REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION count_studies('-1');
        CREATE TRIGGER added AFTER INSERT ON series REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION count_series('1');
        CREATE TRIGGER removed AFTER DELETE ON series REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION count_series('-1');
        CREATE TRIGGER changed_modality AFTER UPDATE OF modality ON series FOR EACH ROW WHEN (OLD.modality <> NEW.modality) EXECUTE FUNCTION count_changed_modality();
        CREATE TRIGGER added AFTER INSERT ON instances REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION count_instances('1');
        CREATE TRIGGER removed AFTER DELETE ON instances REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION count_instances('-1');
        CREATE TRIGGER replaced AFTER UPDATE OF blob_length ON instances FOR EACH ROW WHEN (OLD.blob_length <> NEW.blob_length) EXECUTE FUNCTION count_replaced_instance();
        CREATE TRIGGER emptied AFTER TRUNCATE ON patients FOR EACH STATEMENT EXECUTE FUNCTION count_nothing();
        """);
}
