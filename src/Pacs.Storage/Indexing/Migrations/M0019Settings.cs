using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Pacs.Storage.Indexing.Migrations;

/// <summary>Settings that were changed by REST, for all nodes; by what index and files know each other.</summary>
[DbContext(typeof(PacsDbContext))]
[Migration("20261121190019_Settings")]
internal sealed class M0019Settings : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql(
        """
        CREATE TABLE settings (
            name text COLLATE "C" PRIMARY KEY,
            value jsonb NOT NULL,
            changed_at timestamptz NOT NULL DEFAULT now(),
            changed_by text NOT NULL
        );

        -- One row. The same identifier is in the blob folder: index and files know that they belong together.
        CREATE TABLE archive (
            id uuid NOT NULL,
            blob_folder text
        );
        INSERT INTO archive VALUES (gen_random_uuid());
        """);
}
