using System.Net;
using Npgsql;
using Pacs.TestKit;
using Pacs.Api.Tests.Hosting;
using Pacs.TestKit.Samples;

namespace Pacs.Api.Tests.Rest;

public sealed class DatabaseGoneTests : ApiServer
{
    [Theory]
    [InlineData("/dicomweb/commitment-requests/1.2.3")]
    [InlineData("/api/v1/changes")]
    [InlineData("/dicomweb/studies")]
    [InlineData("/dicomweb/studies/1.2/metadata")]
    [InlineData("/dicomweb/studies/1.2")]
    [InlineData("/api/v1/peers")]
    public async Task Request_DatabaseGone_IsUnavailableAndTheServerGoesOn(string path)
    {
        using (var response = await GetAsync(path)) Assert.NotEqual(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        var connection = new NpgsqlConnectionStringBuilder(Postgres.ConnectionString);
        var (name, aside) = (connection.Database!, connection.Database + "_aside");
        Rename(connection, name, aside);
        await AssertProblemAsync(503, await GetAsync(path));
        using (var ready = await GetAsync("/health/ready")) Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        using (var live = await GetAsync("/health/live")) Assert.Equal(HttpStatusCode.OK, live.StatusCode);

        Rename(connection, aside, name);
        // A pooled connection that was cut shows it when it is next used.
        await Eventually.TrueAsync(async () =>
        {
            using var again = await GetAsync(path);
            return again.StatusCode != HttpStatusCode.ServiceUnavailable;
        });
    }

    [Fact]
    public async Task EveryWebResource_DatabaseGone_IsUnavailable()
    {
        var sample = SampleObjects.Ct(SampleOptions.Fresh());
        await StoreAsync(sample);
        var table = new RouteTable(this);
        // Those of rendering are refused whatever there is.
        var paths = table.DicomWeb.Where(p => table.MethodsOf(p).Contains("GET") && !p.EndsWith("/rendered", StringComparison.Ordinal) && !p.EndsWith("/thumbnail", StringComparison.Ordinal)).ToList();
        Assert.True(paths.Count > 20, $"{paths.Count} routes");
        var connection = new NpgsqlConnectionStringBuilder(Postgres.ConnectionString);
        Rename(connection, connection.Database!, connection.Database + "_aside");

        foreach (var path in paths)
        {
            using var response = await GetAsync(RouteTable.Fill(path, sample));
            Assert.Equal((path, HttpStatusCode.ServiceUnavailable), (path, response.StatusCode));
        }
        Rename(connection, connection.Database + "_aside", connection.Database!);
    }

    /// <summary>As far as the server sees, the database is away.</summary>
    private static void Rename(NpgsqlConnectionStringBuilder database, string from, string to)
    {
        using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(database.ConnectionString) { Database = "postgres", Pooling = false }.ConnectionString);
        connection.Open();
        for (var attempt = 0; ; attempt++)
        {
            using var end = new NpgsqlCommand($"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{from}'", connection);
            end.ExecuteNonQuery();
            try
            {
                using var rename = new NpgsqlCommand($"ALTER DATABASE {from} RENAME TO {to}", connection);
                rename.ExecuteNonQuery();
                return;
            }
            catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.ObjectInUse && attempt < 50)
            {
                // A connection that is on its way out, or was opened meanwhile.
            }
        }
    }
}
