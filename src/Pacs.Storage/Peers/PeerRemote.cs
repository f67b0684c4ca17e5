using System.Text.Json.Serialization;

namespace Pacs.Storage.Peers;

/// <summary>How a peer that is an archive itself is searched and fetched from.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record PeerRemote
{
    public static PeerRemote Default { get; } = new();

    /// <summary>Searches that name no peers ask it as well. Default false.</summary>
    public bool IsSearchable { get; init; }

    /// <summary>In which information model it is asked. Default <see cref="RemoteModel.Any"/>.</summary>
    public RemoteModel Model { get; init; }

    /// <summary>How objects come from it. Default <see cref="RetrieveMethod.Any"/>. Of no matter where it is reached by DICOMweb.</summary>
    public RetrieveMethod Retrieve { get; init; }

    /// <summary>The AE title by which it knows this archive as a destination of C-MOVE. Default <c>Pacs:Dimse:AeTitle</c>.</summary>
    public string? MoveDestination { get; init; }

    /// <summary>Attributes that answers of searches bring besides the usual ones: keywords, or eight hexadecimal digits. Default none.</summary>
    public IReadOnlyList<string> Attributes { get; init => field = value ?? []; } = [];

    /// <summary>Defined terms of (0008,0005), separated by backslashes: what keys beyond ASCII are sent in, and what answers are taken for that do not say. Default UTF-8 for keys; answers by what their bytes look like.</summary>
    public string? CharacterSet { get; init; }

    /// <summary>Seconds without any sign of progress after which a retrieval is given up, however long it takes as a whole. Default 120.</summary>
    public int StallSeconds { get; init; } = 120;
}
