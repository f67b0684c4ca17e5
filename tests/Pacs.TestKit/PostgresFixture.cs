using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Pacs.Storage.Hosting;
using Pacs.TestKit.Processes;

namespace Pacs.TestKit;

/// <summary>
/// A database and a data folder of their own for one test class (<c>IClassFixture&lt;PostgresFixture&gt;</c>), in one private
/// PostgreSQL – the one that the product starts – for all test processes of this checkout.
/// </summary>
public sealed class PostgresFixture : IDisposable
{
    /// <summary>Holds the making of the template, so that of several test processes one does it.</summary>
    private const long TemplateLock = 0x7465_6d70;

    private static readonly Lazy<PacsDatabase> Instance = new(Start);

    // One for each build: a copy of it has all tables at once.
    private static readonly string Template = $"template_{typeof(PacsDatabase).Assembly.ManifestModule.ModuleVersionId:N}";

    private readonly string _database = $"t_{Guid.NewGuid():N}";

    public PostgresFixture()
    {
        Create();
        ConnectionString = ConnectionStringOf(Instance.Value, _database);
        Query("UPDATE archive SET id = gen_random_uuid()");
        DataFolder = Directory.CreateTempSubdirectory("pacs-test-").FullName;
    }

    public string ConnectionString { get; }

    /// <summary>Removed at the end.</summary>
    public string DataFolder { get; }

    /// <summary>Configuration of a process that uses this database and data folder.</summary>
    /// <param name="settings">Further ones: <c>("Pacs:Dimse:Port", "0")</c>.</param>
    public IConfiguration Configuration(params (string Key, string Value)[] settings) => new ConfigurationBuilder()
        .AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Pacs:Database:ConnectionString"] = ConnectionString,
            ["Pacs:DataFolder"] = DataFolder,
            ["Pacs:Storage:ReserveBytes"] = "0",
        })
        .AddInMemoryCollection(settings.ToDictionary(s => s.Key, s => (string?)s.Value))
        .Build();

    /// <summary>The storage services as one process has them, started. Several calls: several processes. Dispose what is returned.</summary>
    public StorageProcess StartProcess(params (string Key, string Value)[] settings) => new(Configuration(settings));

    /// <summary>Runs SQL in this fixture's database.</summary>
    public object? Query(string sql)
    {
        using var connection = new NpgsqlConnection(ConnectionString);
        connection.Open();
        return Run(connection, sql);
    }

    /// <summary>
    /// Until the feed of changes tells all that is committed: transactions are numbered for the whole server, so that one of
    /// another test's database holds it up.
    /// </summary>
    public Task EventuallyToldAsync() => Eventually.TrueAsync(() => Query("SELECT NOT EXISTS (SELECT FROM changes WHERE transaction_id >= pg_snapshot_xmin(pg_current_snapshot()))") is true);

    public void Dispose()
    {
        Execute($"DROP DATABASE IF EXISTS {_database} WITH (FORCE)");
        Directory.Delete(DataFolder, recursive: true);
    }

    private void Create()
    {
        while (true)
        {
            try
            {
                Execute($"CREATE DATABASE {_database} TEMPLATE {Template}");
                return;
            }
            catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.InvalidCatalogName)
            {
                // Tests of another build, run at the same time, have put theirs in its place.
                using var connection = Instance.Value.DataSource.OpenConnection();
                Prepare(Instance.Value, connection);
            }
        }
    }

    private static PacsDatabase Start()
    {
        var database = new PacsDatabase(new PacsOptions { DataFolder = RepositoryPaths.Kept }, NullLoggerFactory.Instance);
        database.StartAsync(CancellationToken.None).GetAwaiter().GetResult();
        using (var connection = database.DataSource.OpenConnection()) Prepare(database, connection);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => database.DisposeAsync().AsTask().GetAwaiter().GetResult();
        return database;
    }

    private static void Prepare(PacsDatabase server, NpgsqlConnection connection)
    {
        Run(connection, $"SELECT pg_advisory_lock({TemplateLock})");
        // What the tests keep is gone with them: no time is spent on flushing it.
        Run(connection, "ALTER SYSTEM SET fsync = off");
        Run(connection, "ALTER SYSTEM SET full_page_writes = off");
        Run(connection, "SELECT pg_reload_conf()");
        if (Run(connection, $"SELECT 1 FROM pg_database WHERE datname = '{Template}'") is null) MakeTemplate(server, connection);
        Run(connection, $"SELECT pg_advisory_unlock({TemplateLock})");
    }

    private static void MakeTemplate(PacsDatabase server, NpgsqlConnection connection)
    {
        const string unfinished = "template_unfinished";
        while (Run(connection, @"SELECT datname FROM pg_database WHERE datname LIKE 'template\_%' LIMIT 1") is string former) Run(connection, $"DROP DATABASE {former} WITH (FORCE)");
        Run(connection, $"CREATE DATABASE {unfinished}");
        var database = new PacsDatabase(new PacsOptions { Database = new DatabaseOptions { ConnectionString = ConnectionStringOf(server, unfinished) } }, NullLoggerFactory.Instance);
        database.StartAsync(CancellationToken.None).GetAwaiter().GetResult();
        database.DisposeAsync().AsTask().GetAwaiter().GetResult();
        Run(connection, $"ALTER DATABASE {unfinished} RENAME TO {Template}");
    }

    private static string ConnectionStringOf(PacsDatabase server, string database) =>
        new NpgsqlConnectionStringBuilder(server.DataSource.ConnectionString) { Database = database }.ConnectionString;

    private static void Execute(string sql)
    {
        using var connection = Instance.Value.DataSource.OpenConnection();
        Run(connection, sql);
    }

    private static object? Run(NpgsqlConnection connection, string sql)
    {
        using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        return command.ExecuteScalar();
    }
}
