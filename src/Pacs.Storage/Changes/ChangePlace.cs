namespace Pacs.Storage.Changes;

/// <summary>A place in the change feed: that of the change before it.</summary>
/// <param name="Transaction">PostgreSQL's xid8 of the transaction that made the change.</param>
/// <param name="Id">Of the change, within its transaction in order.</param>
internal readonly record struct ChangePlace(ulong Transaction, long Id) : IComparable<ChangePlace>
{
    /// <summary>Before the first change.</summary>
    public static ChangePlace Beginning => default;

    public int CompareTo(ChangePlace other) => Transaction.CompareTo(other.Transaction) is var order and not 0 ? order : Id.CompareTo(other.Id);
}
