namespace Pacs.Dicom.UpperLayer;

/// <summary>Steps through <see cref="StateTable"/>: tells what to do, and where that leads.</summary>
/// <param name="isRequestor">This side asks for the association.</param>
public sealed class AssociationStateMachine(bool isRequestor)
{
    public AssociationState State { get; private set; } = AssociationState.Idle;

    public bool IsRequestor => isRequestor;

    /// <exception cref="InvalidOperationException">The event cannot happen now: a mistake of this side, never of the peer.</exception>
    public AssociationAction Step(AssociationEvent @event, bool isAcceptable = true)
    {
        var action = StateTable.Action(@event, State);
        if (action == AssociationAction.None) throw new InvalidOperationException($"{@event} cannot happen while {State}.");
        State = StateTable.Next(action, isRequestor, isAcceptable);
        return action;
    }
}
