namespace Pacs.Storage.Gateway;

/// <summary>Which objects of gateways: all that fit everything that is not null.</summary>
public sealed record GatewayFilter
{
    public string? Peer { get; init; }
    public string? StudyInstanceUid { get; init; }
    public string? SopInstanceUid { get; init; }

    /// <summary>Only those with errors.</summary>
    public bool OnlyErrors { get; init; }

    /// <summary>Only those noted before this one.</summary>
    public long? Before { get; init; }

    /// <summary>At most so many. Default 100.</summary>
    public int Limit { get; init; } = 100;
}
