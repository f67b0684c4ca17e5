namespace Pacs.System.Tests.Outbound;

/// <summary>Who dies by SIGKILL in the middle of outbound work.</summary>
public enum Victim
{
    /// <summary>Each Worker of two in turn, and one more takes its place.</summary>
    Worker,
    /// <summary>The one process of all roles; its database lives on, and the next process finds it.</summary>
    Server,
    /// <summary>The private PostgreSQL.</summary>
    Database,
    /// <summary>Server and database at once, as in a power cut.</summary>
    Machine,
    /// <summary>The destination.</summary>
    Peer,
}
