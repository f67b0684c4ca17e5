using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Pacs.Storage.Indexing.Migrations;

/// <summary>Which files are at a peer only is asked when it is changed or removed.</summary>
[DbContext(typeof(PacsDbContext))]
[Migration("20261121190021_GatewayCustody")]
internal sealed class M0021GatewayCustody : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql(
        """
        CREATE INDEX gateway_objects_removed ON gateway_objects (peer) WHERE removed_at IS NOT NULL;
        """);
}
