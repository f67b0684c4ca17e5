using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Pacs.Storage.Indexing.Migrations;

/// <summary>The change feed for others: what of it is gone, and who is told of it; commitments that name studies and series.</summary>
[DbContext(typeof(PacsDbContext))]
[Migration("20261121150011_Events")]
internal sealed class M0011Events : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql(
        """
        -- Changes up to this place were pruned.
        CREATE TABLE change_feed (
            pruned_transaction xid8 NOT NULL,
            pruned_id bigint NOT NULL
        );
        INSERT INTO change_feed VALUES ('0', 0);

        -- Changes up to (read_transaction, read_id) are with the receiver, or in the delivery of "job_id".
        CREATE TABLE webhooks (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            url text NOT NULL,
            kinds smallint[] NOT NULL,
            secret text NOT NULL,
            is_enabled boolean NOT NULL,
            disabled_because text NOT NULL DEFAULT '',
            read_transaction xid8 NOT NULL,
            read_id bigint NOT NULL,
            job_id bigint,
            failures int NOT NULL DEFAULT 0,
            last_status int,
            last_message text NOT NULL DEFAULT '',
            last_attempt_at timestamptz,
            last_delivery_at timestamptz,
            created_at timestamptz NOT NULL DEFAULT now(),
            updated_at timestamptz NOT NULL DEFAULT now()
        );

        -- A body stays as it was written: what is sent twice is the same.
        CREATE TABLE webhook_deliveries (
            id text COLLATE "C" PRIMARY KEY,
            webhook_id bigint NOT NULL REFERENCES webhooks ON DELETE CASCADE,
            job_id bigint NOT NULL,
            body text NOT NULL,
            created_at timestamptz NOT NULL DEFAULT now()
        );
        CREATE INDEX webhook_deliveries_webhook ON webhook_deliveries (webhook_id);

        -- Empty where the request names instances alone; the answer has the form of the request.
        ALTER TABLE commitment_objects
            ADD study_instance_uid text COLLATE "C" NOT NULL DEFAULT '',
            ADD series_instance_uid text COLLATE "C" NOT NULL DEFAULT '';
        """);
}
