using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Pacs.Storage.Indexing.Migrations;

/// <summary>Routing rules, what waits for them, and how long studies are kept.</summary>
/// <remarks>
/// Rules are the JSON of <see cref="Routing.RoutingRule"/> without what has a column. The version rises in the transaction of
/// every change of them; ingest writes nothing that was held against another version.
/// </remarks>
[DbContext(typeof(PacsDbContext))]
[Migration("20261121170016_Routing")]
internal sealed class M0016Routing : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql(
        """
        CREATE TABLE routing_rules (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            name text COLLATE "C" NOT NULL UNIQUE,
            position int NOT NULL,
            is_enabled boolean NOT NULL,
            settings jsonb NOT NULL,
            updated_at timestamptz NOT NULL DEFAULT now()
        );

        -- "archive" is in what this archive changes and sends: what comes back is recognised by it.
        CREATE TABLE routing_version (version bigint NOT NULL, archive text NOT NULL);
        INSERT INTO routing_version VALUES (1, substr(md5(gen_random_uuid()::text), 1, 12));

        CREATE FUNCTION raise_routing_version() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            UPDATE routing_version SET version = version + 1;
            RETURN NULL;
        END $$;
        CREATE TRIGGER changed AFTER INSERT OR UPDATE OR DELETE ON routing_rules FOR EACH STATEMENT EXECUTE FUNCTION raise_routing_version();

        -- Objects that rules took, written in the statement that stores them. No reference to the rule: it would be locked for each object.
        CREATE TABLE routing_outbox (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            rule_id bigint NOT NULL,
            is_due boolean NOT NULL,
            study_instance_uid text COLLATE "C" NOT NULL,
            series_instance_uid text COLLATE "C" NOT NULL,
            sop_instance_uid text COLLATE "C" NOT NULL,
            came_from text COLLATE "C" NOT NULL,
            came_back boolean NOT NULL,
            at timestamptz NOT NULL DEFAULT now()
        ) WITH (autovacuum_vacuum_scale_factor = 0.02);
        CREATE INDEX routing_outbox_due ON routing_outbox (id) WHERE is_due;
        CREATE INDEX routing_outbox_study ON routing_outbox (study_instance_uid);
        CREATE INDEX routing_outbox_waiting ON routing_outbox (rule_id, series_instance_uid, at) WHERE NOT is_due;

        CREATE TABLE routing_counts (
            rule_id bigint PRIMARY KEY REFERENCES routing_rules ON DELETE CASCADE,
            routed bigint NOT NULL DEFAULT 0,
            cut bigint NOT NULL DEFAULT 0,
            last_cut text NOT NULL DEFAULT '',
            last_at timestamptz
        );

        CREATE TABLE retention_classes (
            name text COLLATE "C" PRIMARY KEY,
            settings jsonb NOT NULL,
            updated_at timestamptz NOT NULL DEFAULT now()
        );
        CREATE TABLE retention_studies (
            study_instance_uid text COLLATE "C" PRIMARY KEY,
            class text COLLATE "C" NOT NULL,
            rule text COLLATE "C" NOT NULL,
            assigned_at timestamptz NOT NULL DEFAULT now()
        );
        CREATE INDEX retention_studies_class ON retention_studies (class, study_instance_uid);
        """);
}
