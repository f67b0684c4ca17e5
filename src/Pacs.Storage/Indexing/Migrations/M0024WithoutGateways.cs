using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Pacs.Storage.Indexing.Migrations;

/// <summary>What is stored where there is no archive behind this one costs a look whether there is, and not an insert of nothing.</summary>
[DbContext(typeof(PacsDbContext))]
[Migration("20261121190024_WithoutGateways")]
internal sealed class M0024WithoutGateways : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql(
        """
        CREATE OR REPLACE FUNCTION note_for_gateways() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            IF NOT EXISTS (SELECT FROM gateways WHERE stores) THEN RETURN NULL; END IF;
            INSERT INTO gateway_objects (sop_instance_uid, peer, study_instance_uid, series_instance_uid, blob_key, blob_length, received_at)
            SELECT c.sop_instance_uid, g.peer, st.study_instance_uid, se.series_instance_uid, c.blob_key, c.blob_length, c.received_at
            FROM gateways g JOIN changed c ON c.calling_ae_title <> g.peer AND c.received_at >= g.since - interval '5 minutes'
            JOIN series se ON se.id = c.series_key JOIN studies st ON st.id = se.study_key
            WHERE g.stores
            ORDER BY c.sop_instance_uid, g.peer
            ON CONFLICT (sop_instance_uid, peer) DO UPDATE SET
                study_instance_uid = excluded.study_instance_uid, series_instance_uid = excluded.series_instance_uid, blob_key = excluded.blob_key,
                blob_length = excluded.blob_length, received_at = excluded.received_at, state = 0, replaces = true, job_id = NULL, attempts = 0, message = '',
                updated_at = now(), verified_at = NULL, removed_at = NULL, look_again_at = NULL
            WHERE gateway_objects.blob_key <> excluded.blob_key;
            RETURN NULL;
        END $$;
        """);
}
