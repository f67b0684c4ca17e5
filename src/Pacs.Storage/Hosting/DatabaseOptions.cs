namespace Pacs.Storage.Hosting;

/// <summary>Where the index is.</summary>
public sealed record DatabaseOptions
{
    /// <summary>
    /// Npgsql connection string to a PostgreSQL of version 15 or later whose role may create tables and the extension
    /// pg_trgm. Default none: a private instance in the data folder.
    /// </summary>
    [Fixed, Secret]
    public string? ConnectionString { get; init; }

    /// <summary>Folder of PostgreSQL's <c>initdb</c>, <c>pg_ctl</c> and <c>postgres</c> for the private instance. Default: the newest below <c>/usr/lib/postgresql</c>, else <c>PATH</c>.</summary>
    [Fixed]
    public string? BinaryFolder { get; init; }

    /// <summary>Account that runs the private instance when this process is root, which PostgreSQL refuses. Default <c>postgres</c>.</summary>
    [Fixed]
    public string ServiceUser { get; init; } = "postgres";

    /// <summary>Seconds that start-up waits for a database that does not answer yet. Default 60.</summary>
    public int StartupTimeoutSeconds { get; init; } = 60;

    /// <summary>Seconds that an object waits for a database that is away before it is refused (A700). Default 10.</summary>
    public int IngestTimeoutSeconds { get; init; } = 10;

    /// <summary>Connections that this process holds at most. Default 40.</summary>
    public int MaxConnections { get; init; } = 40;
}
