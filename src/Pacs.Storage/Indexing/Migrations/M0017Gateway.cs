using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Pacs.Storage.Indexing.Migrations;

/// <summary>What is to be at an archive behind this one, and the files that are only there.</summary>
/// <remarks>
/// Which peers are such archives is kept beside the peers by a trigger, so that a statement that stores objects has one tiny
/// table to look at. An object is noted once for each; another data set under its UID begins anew.
/// </remarks>
[DbContext(typeof(PacsDbContext))]
[Migration("20261121090017_Gateway")]
internal sealed class M0017Gateway : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql(
        """
        CREATE TABLE gateways (
            peer text COLLATE "C" PRIMARY KEY,
            stores boolean NOT NULL,
            since timestamptz NOT NULL DEFAULT now(),
            last_success_at timestamptz,
            last_failure_at timestamptz,
            last_failure text NOT NULL DEFAULT '',
            removed_objects bigint NOT NULL DEFAULT 0,
            removed_bytes bigint NOT NULL DEFAULT 0
        );

        CREATE FUNCTION keep_gateways() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            IF TG_OP <> 'DELETE' AND jsonb_typeof(NEW.settings -> 'gateway') = 'object' THEN
                INSERT INTO gateways (peer, stores) VALUES (NEW.ae_title, coalesce((NEW.settings -> 'gateway' ->> 'store')::boolean, true))
                ON CONFLICT (peer) DO UPDATE SET stores = excluded.stores;
            ELSIF TG_OP <> 'INSERT' THEN
                DELETE FROM gateways WHERE peer = OLD.ae_title;
                -- What is there stays known to be there; what is not is nobody's business any more.
                IF FOUND THEN DELETE FROM gateway_objects WHERE peer = OLD.ae_title AND state <> 2; END IF;
            END IF;
            RETURN NULL;
        END $$;
        CREATE TRIGGER gateways AFTER INSERT OR UPDATE OR DELETE ON peers FOR EACH ROW EXECUTE FUNCTION keep_gateways();

        -- States: 0 pending, 1 uploaded, 2 verified, 3 error. Pending with a job: that job has it.
        CREATE TABLE gateway_objects (
            id bigint GENERATED ALWAYS AS IDENTITY,
            sop_instance_uid text COLLATE "C" NOT NULL,
            peer text COLLATE "C" NOT NULL,
            study_instance_uid text COLLATE "C" NOT NULL,
            series_instance_uid text COLLATE "C" NOT NULL,
            blob_key text COLLATE "C" NOT NULL,
            blob_length bigint NOT NULL,
            state smallint NOT NULL DEFAULT 0,
            replaces boolean NOT NULL DEFAULT false,
            job_id bigint,
            attempts int NOT NULL DEFAULT 0,
            message text NOT NULL DEFAULT '',
            received_at timestamptz NOT NULL,
            updated_at timestamptz NOT NULL DEFAULT now(),
            verified_at timestamptz,
            committed_at timestamptz,
            removed_at timestamptz,
            look_again_at timestamptz,
            PRIMARY KEY (sop_instance_uid, peer)
        );
        CREATE INDEX gateway_objects_new ON gateway_objects (peer, received_at) WHERE state = 0 AND job_id IS NULL;
        CREATE INDEX gateway_objects_queued ON gateway_objects (peer, received_at) INCLUDE (blob_length) WHERE state < 2;
        CREATE INDEX gateway_objects_job ON gateway_objects (job_id) WHERE state < 2;
        CREATE INDEX gateway_objects_error ON gateway_objects (id) INCLUDE (peer) WHERE state = 3;
        CREATE INDEX gateway_objects_study ON gateway_objects (study_instance_uid);
        CREATE INDEX gateway_objects_verified ON gateway_objects (peer, verified_at) WHERE state = 2 AND removed_at IS NULL;

        CREATE FUNCTION note_for_gateways() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            INSERT INTO gateway_objects (sop_instance_uid, peer, study_instance_uid, series_instance_uid, blob_key, blob_length, received_at)
            SELECT c.sop_instance_uid, g.peer, st.study_instance_uid, se.series_instance_uid, c.blob_key, c.blob_length, c.received_at
            FROM gateways g JOIN changed c ON c.calling_ae_title <> g.peer AND c.received_at >= g.since - interval '5 minutes'
            JOIN series se ON se.id = c.series_key JOIN studies st ON st.id = se.study_key
            WHERE g.stores
            ORDER BY c.sop_instance_uid, g.peer
            ON CONFLICT (sop_instance_uid, peer) DO UPDATE SET
                study_instance_uid = excluded.study_instance_uid, series_instance_uid = excluded.series_instance_uid, blob_key = excluded.blob_key,
                blob_length = excluded.blob_length, received_at = excluded.received_at, state = 0, replaces = true, job_id = NULL, attempts = 0, message = '',
                updated_at = now(), verified_at = NULL, committed_at = NULL, removed_at = NULL, look_again_at = NULL
            WHERE gateway_objects.blob_key <> excluded.blob_key;
            RETURN NULL;
        END $$;
        CREATE TRIGGER noted_for_gateways AFTER INSERT ON instances REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION note_for_gateways();

        CREATE TABLE remote_blobs (
            blob_key text COLLATE "C" PRIMARY KEY,
            sop_instance_uid text COLLATE "C" NOT NULL,
            study_instance_uid text COLLATE "C" NOT NULL,
            series_instance_uid text COLLATE "C" NOT NULL,
            transfer_syntax_uid text COLLATE "C" NOT NULL,
            blob_length bigint NOT NULL,
            dataset_crc int NOT NULL,
            file_header bytea NOT NULL,
            removed_at timestamptz NOT NULL DEFAULT now()
        );
        CREATE INDEX remote_blobs_instance ON remote_blobs (sop_instance_uid);
        CREATE INDEX remote_blobs_series ON remote_blobs (series_instance_uid);
        CREATE INDEX remote_blobs_study ON remote_blobs (study_instance_uid);

        CREATE TABLE gateway_rates (
            peer text COLLATE "C" NOT NULL,
            minute timestamptz NOT NULL,
            objects int NOT NULL,
            bytes bigint NOT NULL,
            PRIMARY KEY (peer, minute)
        );

        -- Rows of objects whose files are elsewhere, while the index is built anew.
        CREATE TABLE carried_instances (LIKE instances);
        """);
}
