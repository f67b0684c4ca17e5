using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Pacs.Storage.Indexing.Migrations;

/// <summary>Blobs whose rows are deleted: written in the transaction that deletes, so that a crash before the removal of the file forgets none.</summary>
[DbContext(typeof(PacsDbContext))]
[Migration("20261121084000_DoomedBlobs")]
internal sealed class M0004DoomedBlobs : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql(
        """
        CREATE TABLE doomed_blobs (blob_key text COLLATE "C" PRIMARY KEY);
        """);
}
