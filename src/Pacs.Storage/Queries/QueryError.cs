namespace Pacs.Storage.Queries;

/// <summary>Why a query is refused. C-FIND: A900, A700, C001. QIDO-RS: 400, 413, 503.</summary>
public enum QueryError
{
    /// <summary>A key's value is not valid for its VR.</summary>
    InvalidValue,
    /// <summary>The attribute cannot be matched at this level: <see cref="QueryEngine.CanMatch"/> tells before.</summary>
    UnsupportedKey,
    /// <summary>Nothing narrows the query and its time budget is spent.</summary>
    TooBroad,
    /// <summary>The database does not answer.</summary>
    Unavailable,
}
