using Pacs.Storage.Preprocessing;
using Pacs.Storage.Retrieval;

namespace Pacs.Storage.DicomWeb;

/// <summary>How instances are sent by STOW-RS.</summary>
public sealed record StowOptions
{
    public static StowOptions Default { get; } = new();

    /// <summary>Each in a request of its own: one that keeps others from being stored shows itself. Default false.</summary>
    public bool OneByOne { get; init; }

    /// <summary>In the stored transfer syntax or not at all. Default false: converted where the peer's rules or the server want that.</summary>
    public bool AsStored { get; init; }

    /// <summary>What of each is changed on its way. Null for nothing, the default.</summary>
    public AttributeChanges? Changes { get; init; }

    /// <summary>Ends it before the next object: the request under way is broken off, and what is in it not told of.</summary>
    public CancellationToken Stop { get; init; }

    /// <summary>Called when the first byte of an instance is about to be sent; twice for one that is sent again. Default nobody.</summary>
    public Action<StoredInstance>? Begun { get; init; }
}
