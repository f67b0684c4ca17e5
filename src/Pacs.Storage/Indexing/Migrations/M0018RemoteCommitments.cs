using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Pacs.Storage.Indexing.Migrations;

/// <summary>What peers were asked to take responsibility for, and what they hold.</summary>
[DbContext(typeof(PacsDbContext))]
[Migration("20261121180018_RemoteCommitments")]
internal sealed class M0018RemoteCommitments : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql(
        """
        CREATE TABLE commitment_requests (
            transaction_uid text COLLATE "C" PRIMARY KEY,
            job_id bigint NOT NULL REFERENCES jobs ON DELETE CASCADE,
            peer text COLLATE "C" NOT NULL,
            requested_at timestamptz NOT NULL DEFAULT now(),
            awaited_until timestamptz NOT NULL,
            reported_at timestamptz
        );
        CREATE INDEX commitment_requests_job ON commitment_requests (job_id);

        -- "failure" is null until the peer has answered, 0 when it holds the object, else the Failure Reason (0008,1197). The
        -- file is that of the moment of the request: an object that was replaced since is not what the peer was asked for.
        CREATE TABLE commitment_request_objects (
            transaction_uid text COLLATE "C" NOT NULL REFERENCES commitment_requests ON DELETE CASCADE,
            sop_instance_uid text COLLATE "C" NOT NULL,
            sop_class_uid text COLLATE "C" NOT NULL,
            study_instance_uid text COLLATE "C" NOT NULL,
            blob_key text COLLATE "C" NOT NULL,
            failure int,
            is_told boolean NOT NULL DEFAULT false,
            PRIMARY KEY (transaction_uid, sop_instance_uid)
        );

        CREATE TABLE remote_commitments (
            sop_instance_uid text COLLATE "C" NOT NULL,
            peer text COLLATE "C" NOT NULL,
            study_instance_uid text COLLATE "C" NOT NULL,
            blob_key text COLLATE "C" NOT NULL,
            transaction_uid text COLLATE "C" NOT NULL,
            requested_at timestamptz NOT NULL,
            committed_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (sop_instance_uid, peer)
        );
        CREATE INDEX remote_commitments_study ON remote_commitments (study_instance_uid, sop_instance_uid);
        """);
}
