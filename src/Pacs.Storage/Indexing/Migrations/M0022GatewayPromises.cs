using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Pacs.Storage.Indexing.Migrations;

/// <summary>What an archive has committed to is in remote_commitments alone.</summary>
[DbContext(typeof(PacsDbContext))]
[Migration("20261121190022_GatewayPromises")]
internal sealed class M0022GatewayPromises : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql(
        """
        CREATE OR REPLACE FUNCTION note_for_gateways() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
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
        ALTER TABLE gateway_objects DROP COLUMN committed_at;
        """);
}
